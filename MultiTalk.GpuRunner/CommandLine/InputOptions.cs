using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.GpuRunner.Media;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>The options of everything that takes a picture, speakers and a prompt.</summary>
internal sealed class InputOptions
{
    private const string Silent = "none";

    private readonly Option<string[]> _image = new("--image") { Description = "The picture: PNG, JPEG or WebP." };
    private readonly Option<string[]> _voice = new("--voice") { Description = $"A voice: WAV, MP3, FLAC, OGG or M4A; {Silent} for a person who says nothing. Give it twice for two people, the one on the left first." };
    private readonly Option<string[]> _text = new("--text") { Description = "In place of a voice: what a person says, in English. With two people, twice, or once in turns: \"(s1) … (s2) …\"." };
    private readonly Option<string[]> _ttsVoice = new("--tts-voice") { Description = "The voice that speaks a text, such as af_heart; twice for two people." };
    private readonly Option<string[]> _box = new("--box") { Description = "Where a person is in the picture: TOP,LEFT,BOTTOM,RIGHT in pixels; twice for two people." };
    private readonly Option<string?> _prompt = new("--prompt") { Description = "What the video shows, in a sentence." };
    private readonly SettingOptions _settings = new();

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _image, _voice, _text, _ttsVoice, _box, _prompt })
            command.Options.Add(option);
        _settings.AddTo(command);
    }

    /// <summary>The option behind a field of a request.</summary>
    public static string NameOf(string field) => field switch
    {
        "voice1" or "voice2" => $"--voice ({field[^1..]})",
        "speakers" => "--voice",
        _ when field.StartsWith("speakers[", StringComparison.Ordinal) => $"--{Kebab(field[(field.IndexOf('.', StringComparison.Ordinal) + 1)..])} ({field["speakers[".Length] - '0' + 1})",
        _ when field.StartsWith("options.loras", StringComparison.Ordinal) => "--lora",
        _ => "--" + Kebab(field.Replace("options.", "", StringComparison.Ordinal)),
    };

    /// <summary>Checks everything, writes the normalised inputs into a directory, and plans.</summary>
    /// <exception cref="InvalidRequestException">The same reasons as over the API.</exception>
    public async Task<(string Prompt, GenerationPlan Plan)> PrepareAsync(
        ParseResult parsed, string directory, string defaultEngine, RunnerAbilities? runner, CancellationToken cancellationToken)
    {
        var prompt = parsed.GetValue(_prompt)?.Trim() ?? "";
        var options = _settings.Read(parsed);
        var (image, voices) = (parsed.GetValue(_image) ?? [], parsed.GetValue(_voice) ?? []);
        var speakers = Speakers(parsed, voices);
        RequestProblem[] problems = [.. FileProblems(image, voices, speakers), .. Planner.PromptProblems(prompt), .. Planner.OptionProblems(options)];
        if (problems.Length > 0)
            throw new InvalidRequestException(problems);

        var picture = await PictureNormalizer.NormalizeAsync(image[0], "image", Path.Combine(directory, ColabLayout.Picture), cancellationToken);
        foreach (var (index, voice) in voices.Index().Where(entry => entry.Item != Silent))
        {
            var target = Path.Combine(directory, ColabLayout.Voice(index + 1));
            speakers[index] = speakers[index] with { Voice = await VoiceNormalizer.NormalizeAsync(voice, $"voice{index + 1}", target, cancellationToken) };
        }

        return (prompt, Planner.Plan(new(prompt, picture, speakers, options), defaultEngine, runner));
    }

    private List<SpeakerRequest> Speakers(ParseResult parsed, string[] voices)
    {
        var (texts, ttsVoices) = (parsed.GetValue(_text) ?? [], parsed.GetValue(_ttsVoice) ?? []);
        var boxes = (parsed.GetValue(_box) ?? []).Select(ReadBox).ToList();
        var count = Math.Max(Math.Max(voices.Length, texts.Length), Math.Max(ttsVoices.Length, boxes.Count));
        return [.. Enumerable.Range(0, count).Select(index => new SpeakerRequest(
            Text: texts.ElementAtOrDefault(index), TtsVoice: ttsVoices.ElementAtOrDefault(index), Box: boxes.ElementAtOrDefault(index)))];
    }

    private static Box ReadBox(string text)
    {
        var sides = text.Split(',');
        var numbers = sides.Select(side => int.TryParse(side, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out var number) ? number : (int?)null).ToList();
        return numbers is [{ } top, { } left, { } bottom, { } right]
            ? new Box(top, left, bottom, right)
            : throw new InvalidRequestException("box_invalid", "box", $"\"{text}\" is no box.", "Write TOP,LEFT,BOTTOM,RIGHT, four whole numbers.");
    }

    private static IEnumerable<RequestProblem> FileProblems(string[] images, string[] voices, List<SpeakerRequest> speakers)
    {
        if (images.Length == 0)
            yield return new("image_missing", "image", "There is no picture.", "Name a PNG, JPEG or WebP.");
        else if (images.Length > 1)
            yield return new("image_repeated", "image", "There are several pictures.", "Name one; two people share it.");
        if (speakers.Count == 0 || (voices.Length == 0 && speakers.All(speaker => speaker.Text is null && speaker.TtsVoice is null)))
            yield return new("voice_missing", "voice1", "There is no voice.", "Name a WAV, MP3, FLAC, OGG or M4A.");
        else if (speakers.Count > 2)
            yield return new("voice_repeated", "voice2", "There are more than two speakers.", "Name one for each person, at most two.");

        var files = images.Take(1).Select(image => ("image", image)).Concat(voices.Select((voice, index) => ($"voice{index + 1}", voice)));
        foreach (var (field, path) in files.Where(file => file.Item2 != Silent && !File.Exists(file.Item2)))
            yield return new("file_missing", field, $"There is no file {path}.", "Check the path.");
    }

    private static string Kebab(string name) => JsonNamingPolicy.KebabCaseLower.ConvertName(name);
}

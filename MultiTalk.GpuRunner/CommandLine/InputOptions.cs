using System.CommandLine;
using System.Text.Json;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.GpuRunner.Media;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>The options of everything that takes a picture, voices and a prompt.</summary>
internal sealed class InputOptions
{
    private readonly Option<string[]> _image = new("--image") { Description = "The picture: PNG, JPEG or WebP." };
    private readonly Option<string[]> _voice = new("--voice") { Description = "A voice: WAV, MP3, FLAC, OGG or M4A. Give it twice for two people, the one on the left first." };
    private readonly Option<string?> _prompt = new("--prompt") { Description = "What the video shows, in a sentence." };
    private readonly Option<string?> _engine = new("--engine") { Description = "preview (needs no GPU) or multitalk; what this runner is set to unless given." };
    private readonly Option<int?> _size = NumberOption.Create<int>("--size", "480 (unless given) or 720.");
    private readonly Option<int?> _steps = NumberOption.Create<int>("--steps", "Sampling steps a segment, 1 to 100; 20 unless given.");
    private readonly Option<long?> _seed = NumberOption.Create<long>("--seed", "0 to 4294967295; random unless given.");
    private readonly Option<string?> _audioType = new("--audio-type") { Description = "How two voices are joined: add (one after the other, unless given) or para (together)." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _image, _voice, _prompt, _engine, _size, _steps, _seed, _audioType })
            command.Options.Add(option);
    }

    /// <summary>The option behind a field of a request.</summary>
    public static string NameOf(string field) => field switch
    {
        "voice1" or "voice2" => $"--voice ({field[^1..]})",
        _ => "--" + JsonNamingPolicy.KebabCaseLower.ConvertName(field.Replace("options.", "", StringComparison.Ordinal)),
    };

    /// <summary>Checks everything, writes the normalised inputs into a directory, and plans.</summary>
    /// <exception cref="InvalidRequestException">The same reasons as over the API.</exception>
    public async Task<(string Prompt, GenerationPlan Plan)> PrepareAsync(
        ParseResult parsed, string directory, string defaultEngine, CancellationToken cancellationToken)
    {
        var (images, voices) = (parsed.GetValue(_image) ?? [], parsed.GetValue(_voice) ?? []);
        var prompt = parsed.GetValue(_prompt)?.Trim() ?? "";
        var options = new GenerationOptions
        {
            Engine = parsed.GetValue(_engine),
            Size = parsed.GetValue(_size),
            Steps = parsed.GetValue(_steps),
            Seed = parsed.GetValue(_seed),
            AudioType = parsed.GetValue(_audioType),
        };
        RequestProblem[] problems = [.. FileProblems(images, voices), .. Planner.PromptProblems(prompt), .. Planner.OptionProblems(options, voices.Length)];
        if (problems.Length > 0)
            throw new InvalidRequestException(problems);

        var picture = await PictureNormalizer.NormalizeAsync(images[0], "image", Path.Combine(directory, ColabLayout.Picture), cancellationToken);
        var facts = new List<VoiceFacts>();
        for (var speaker = 1; speaker <= voices.Length; speaker++)
        {
            var target = Path.Combine(directory, ColabLayout.Voice(speaker));
            facts.Add(await VoiceNormalizer.NormalizeAsync(voices[speaker - 1], $"voice{speaker}", target, cancellationToken));
        }

        return (prompt, Planner.Plan(new(prompt, picture, facts, options), defaultEngine));
    }

    private static IEnumerable<RequestProblem> FileProblems(string[] images, string[] voices)
    {
        if (images.Length == 0)
            yield return new("image_missing", "image", "There is no picture.", "Name a PNG, JPEG or WebP.");
        else if (images.Length > 1)
            yield return new("image_repeated", "image", "There are two pictures.", "Name one; two people share it.");
        if (voices.Length == 0)
            yield return new("voice_missing", "voice1", "There is no voice.", "Name a WAV, MP3, FLAC, OGG or M4A.");
        else if (voices.Length > 2)
            yield return new("voice_repeated", "voice2", $"There are {voices.Length} voices.", "Name one or two; the model knows no more.");

        var files = images.Select(image => ("image", image)).Concat(voices.Select((voice, index) => ($"voice{index + 1}", voice)));
        foreach (var (field, path) in files.Where(file => !File.Exists(file.Item2)))
            yield return new("file_missing", field, $"There is no file {path}.", "Check the path.");
    }
}

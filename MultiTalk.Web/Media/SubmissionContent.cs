using System.Text.Json;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Web.Webhooks;

namespace MultiTalk.Web.Media;

/// <summary>What a submission says, whether it came as a form or as JSON.</summary>
/// <param name="Prompt">The text of the scene.</param>
/// <param name="Options">What was chosen.</param>
/// <param name="Speakers">Who speaks; null for one person for each voice.</param>
/// <param name="Priority">From −10 to 10, not checked yet.</param>
/// <param name="Inputs">Where the picture and the voices come from, by field.</param>
/// <param name="Webhook">Where this job is to be reported, not checked yet; null for its owner's webhooks alone.</param>
internal sealed record SubmissionContent(
    string Prompt, GenerationOptions Options, IReadOnlyList<SpeakerPart?>? Speakers, int Priority, IReadOnlyDictionary<string, InputSource> Inputs, JobWebhook? Webhook)
{
    /// <summary>The field of the picture.</summary>
    public const string Image = "image";

    /// <summary>The fields of files.</summary>
    public static IReadOnlyList<string> Files { get; } = [Image, "voice1", "voice2"];

    /// <summary>The voices that were sent, in order.</summary>
    public IReadOnlyList<string> Voices => [.. Files.Skip(1).Where(Inputs.ContainsKey)];

    /// <summary>
    /// The SHA-256 of all that was asked for, whatever the order of parts and members and the blanks between them: a client that
    /// repeats a submission need not write it with the same bytes. Of an address it covers the address, of an upload its id.
    /// </summary>
    public string Hash => Hashed.Of(string.Join('\n',
    [
        Hashed.Of(Prompt),
        Hashed.Of(JsonSerializer.Serialize(Options, ContractsJson.Default.GenerationOptions)),
        Hashed.Of(Speakers is null ? "" : JsonSerializer.Serialize(Speakers, MediaJson.Default.IReadOnlyListSpeakerPart)),
        FormattableString.Invariant($"{Priority}"),
        .. Webhook is { } webhook ? [Hashed.Of(JsonSerializer.Serialize(webhook, MediaJson.Default.JobWebhook))] : Array.Empty<string>(),
        .. Files.Where(Inputs.ContainsKey).Select(name => $"{name} {Inputs[name].Identity}"),
    ]));

    /// <summary>What a field holds.</summary>
    public static MediaKind KindOf(string field) => field == Image ? MediaKind.Image : MediaKind.Voice;

    /// <summary>The field of a person's voice.</summary>
    /// <param name="index">From 0.</param>
    public static string VoiceField(int index) => FormattableString.Invariant($"voice{index + 1}");

    /// <summary>Where the bytes of a field lie as they arrived, among what arrives.</summary>
    public static string UploadName(string field) => field + ".upload";

    /// <summary>What is missing among the files; the texts are checked by the planner.</summary>
    public IEnumerable<RequestProblem> Missing()
    {
        if (!Inputs.ContainsKey(Image))
            yield return new("image_missing", Image, "There is no picture.", "Add a PNG, JPEG or WebP.");
        if (!Inputs.ContainsKey("voice1") && Speakers is null)
            yield return new("voice_missing", "voice1", "There is no voice.", "Add a WAV, MP3, FLAC, OGG or M4A.");
    }

    /// <summary>Who speaks, as far as the texts say it. The voices' measures are not known yet.</summary>
    /// <exception cref="InvalidRequestException">The speakers do not fit the files.</exception>
    public IReadOnlyList<SpeakerPart> CheckedSpeakers()
    {
        List<SpeakerPart> parts = [];
        foreach (var (index, sent) in (Speakers ?? [.. Voices.Select(_ => new SpeakerPart())]).Index())
        {
            var part = sent ?? throw new InvalidRequestException("speakers_invalid", $"speakers[{index}]", "A speaker is null.", "Send an object for each speaker.");
            var spoken = part.Text is not null || part.TtsVoice is not null;
            if (part.Silent && (spoken || Inputs.ContainsKey(VoiceField(index))))
                throw new InvalidRequestException("speaker_not_silent", $"speakers[{index}]", "A silent person has a voice or a text.", "Leave silent out, or the voice.");
            if (!part.Silent && !spoken && index < 2 && !Inputs.ContainsKey(VoiceField(index)))
                throw new InvalidRequestException("voice_missing", VoiceField(index), "There is no voice.", "Add a WAV, MP3, FLAC, OGG or M4A, or make the person silent.");
            parts.Add(part);
        }

        return Voices.FirstOrDefault(voice => voice[^1] - '0' > parts.Count) is { } extra
            ? throw new InvalidRequestException("voice_without_speaker", extra, "There is a voice more than there are speakers.", "Add its speaker, or leave the voice out.")
            : parts;
    }
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.GpuRunner.Media;

namespace MultiTalk.Web.Media;

/// <summary>
/// The parts of a multipart submission. Files go to disk as they arrive, under names of ours; a client's file name is never used.
/// </summary>
internal sealed class SubmissionForm
{
    private const int MaxTextBytes = 64 << 10;

    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly string[] _files = ["image", "voice1", "voice2"];

    private readonly Dictionary<string, string> _texts = [];
    private readonly Dictionary<string, string> _uploads = [];

    private SubmissionForm()
    {
    }

    public string Prompt => _texts.GetValueOrDefault("prompt", "").Trim();

    /// <summary>The voices that were sent, in order.</summary>
    public IReadOnlyList<string> Voices => [.. _files.Skip(1).Where(_uploads.ContainsKey)];

    /// <summary>
    /// The SHA-256 of all parts, whatever their order and the boundary between them: a client that repeats a form need not write it
    /// with the same bytes.
    /// </summary>
    public string Hash => Hashed.Of(string.Concat(
        _texts.Select(text => (text.Key, Hash: Hashed.Of(text.Value))).Concat(_uploads.Select(upload => (upload.Key, Hash: upload.Value)))
            .OrderBy(part => part.Key, StringComparer.Ordinal).Select(part => $"{part.Key} {part.Hash}\n")));

    /// <summary>
    /// Who speaks, as far as the texts say it; without that part, one person for each voice that was sent. The voices' measures are
    /// not known yet.
    /// </summary>
    /// <exception cref="InvalidRequestException">They are no JSON array of known properties, or do not fit the files.</exception>
    public IReadOnlyList<SpeakerPart> Speakers()
    {
        var parts = Json("speakers", MediaJson.Default.IReadOnlyListSpeakerPart) ?? [.. Voices.Select(_ => new SpeakerPart())];
        foreach (var (index, part) in parts.Index())
        {
            if (part is null)
                throw new InvalidRequestException("speakers_invalid", $"speakers[{index}]", "A speaker is null.", "Send an object for each speaker.");
            var spoken = part.Text is not null || part.TtsVoice is not null;
            if (part.Silent && (spoken || _uploads.ContainsKey(VoiceName(index))))
                throw new InvalidRequestException("speaker_not_silent", $"speakers[{index}]", "A silent person has a voice or a text.", "Leave silent out, or the voice.");
            if (!part.Silent && !spoken && index < 2 && !_uploads.ContainsKey(VoiceName(index)))
                throw new InvalidRequestException("voice_missing", VoiceName(index), "There is no voice.", "Add a WAV, MP3, FLAC, OGG or M4A, or make the person silent.");
        }

        if (Voices.FirstOrDefault(voice => voice[^1] - '0' > parts.Count) is { } extra)
            throw new InvalidRequestException("voice_without_speaker", extra, "There is a voice more than there are speakers.", "Add its speaker, or leave the voice out.");
        return parts;
    }

    /// <summary>Reads the whole request.</summary>
    /// <exception cref="InvalidRequestException">It is no such form, or a part is there twice or is not known.</exception>
    /// <exception cref="UploadTooLargeException">A file is too large.</exception>
    public static async Task<SubmissionForm> ReadAsync(HttpRequest request, DiskMediaStore.Incoming incoming, MediaOptions options, CancellationToken cancellationToken)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= 100 } boundary)
        {
            throw new InvalidRequestException("form_expected", "body", "The request is no multipart form.", "Send image, voice1 and prompt as multipart/form-data (curl: -F).");
        }

        var form = new SubmissionForm();
        var reader = new MultipartReader(boundary, request.Body);
        try
        {
            while (await reader.ReadNextSectionAsync(cancellationToken) is { } section)
                await form.ReadAsync(section, incoming, options, cancellationToken);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException and not (UploadTooLargeException or DiskFullException or BadHttpRequestException) && !cancellationToken.IsCancellationRequested)
        {
            throw new InvalidRequestException("form_malformed", "body", "The multipart form is malformed or ends too early.", "Let an HTTP library write it, and send it whole.");
        }

        return form;
    }

    /// <summary>The options; none if there is no such part.</summary>
    /// <exception cref="InvalidRequestException">They are no JSON object of known options.</exception>
    public GenerationOptions Options() => Json("options", ContractsJson.Default.GenerationOptions) ?? new GenerationOptions();

    /// <summary>What is missing among the files; the texts are checked by the planner.</summary>
    public IEnumerable<RequestProblem> Missing()
    {
        if (!_uploads.ContainsKey("image"))
            yield return new("image_missing", "image", "There is no picture.", "Add a PNG, JPEG or WebP.");
        if (!_uploads.ContainsKey("voice1") && !_texts.ContainsKey("speakers"))
            yield return new("voice_missing", "voice1", "There is no voice.", "Add a WAV, MP3, FLAC, OGG or M4A.");
    }

    /// <summary>Where an upload lies.</summary>
    public static string UploadName(string field) => field + ".upload";

    private static string VoiceName(int index) => FormattableString.Invariant($"voice{index + 1}");

    private T? Json<T>(string name, JsonTypeInfo<T> type)
        where T : class
    {
        if (!_texts.TryGetValue(name, out var json) || string.IsNullOrWhiteSpace(json))
            return null;

        try
        {
            return JsonSerializer.Deserialize(json, type);
        }
        catch (JsonException exception)
        {
            var known = type.Kind == JsonTypeInfoKind.Enumerable ? MediaJson.Default.SpeakerPart.Properties : type.Properties;
            var at = exception.Path is { Length: > 2 } path ? path.TrimStart('$') : "";
            throw new InvalidRequestException(
                name + "_invalid", name + at,
                at.Length == 0 ? $"The {name} are no JSON {(type.Kind == JsonTypeInfoKind.Enumerable ? "array" : "object")}." : $"\"{at.TrimStart('.')}\" is not known, or its value has the wrong type.",
                $"Send {(type.Kind == JsonTypeInfoKind.Enumerable ? "a JSON array of objects" : "a JSON object")} with some of: {string.Join(", ", known.Select(property => property.Name))}.");
        }
    }

    private async Task ReadAsync(MultipartSection section, DiskMediaStore.Incoming incoming, MediaOptions options, CancellationToken cancellationToken)
    {
        var disposition = section.GetContentDispositionHeader();
        var name = HeaderUtilities.RemoveQuotes(disposition?.Name ?? default).Value ?? "";

        // A browser sends an empty part without a file name for a file that was not chosen.
        if (_files.Contains(name) && disposition!.FileName.Value is "\"\"" or "")
            return;

        if (_uploads.ContainsKey(name) || _texts.ContainsKey(name))
        {
            throw new InvalidRequestException("part_repeated", name, $"The part \"{name}\" is there twice.",
                name == "image" ? "Send one picture; two people share it." : "Send it once; a second voice is \"voice2\".");
        }

        if (_files.Contains(name))
        {
            _uploads[name] = await Hashed.CopyAsync(section.Body, incoming.File(UploadName(name)), name,
                name == "image" ? options.MaxImageBytes : options.MaxVoiceBytes, cancellationToken);
        }
        else if (name is "prompt" or "options" or "speakers")
        {
            _texts.Add(name, await ReadTextAsync(section, name, cancellationToken));
        }
        else
        {
            throw new InvalidRequestException("part_unknown", name, $"The part \"{name}\" is not known.", "Send some of: image, voice1, voice2, speakers, prompt, options.");
        }
    }

    private static async Task<string> ReadTextAsync(MultipartSection section, string name, CancellationToken cancellationToken)
    {
        using var text = new MemoryStream();
        var buffer = new byte[4096];
        for (int read; (read = await section.Body.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            text.Write(buffer, 0, read);
            if (text.Length > MaxTextBytes)
                throw new UploadTooLargeException(name, MaxTextBytes);
        }

        try
        {
            return _strict.GetString(text.GetBuffer(), 0, (int)text.Length);
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidRequestException("text_not_utf8", name, $"The part \"{name}\" is not written in UTF-8.", "Send it as UTF-8.");
        }
    }
}

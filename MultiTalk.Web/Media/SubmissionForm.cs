using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Web.Media;

/// <summary>
/// The parts of a multipart submission. Files go to disk as they arrive, under names of ours; a client's file name is never used.
/// In place of a file, a part may hold the id of an upload or an address.
/// </summary>
internal sealed class SubmissionForm
{
    private const int MaxTextBytes = 64 << 10;

    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly string[] _textParts = ["prompt", "options", "speakers", "priority", "webhook"];

    private readonly Dictionary<string, string> _texts = [];
    private readonly Dictionary<string, InputSource> _inputs = [];

    private SubmissionForm()
    {
    }

    /// <summary>Reads the whole request.</summary>
    /// <exception cref="InvalidRequestException">It is no such form, or a part is there twice, is not known or cannot be read.</exception>
    /// <exception cref="UploadTooLargeException">A part is too large.</exception>
    public static async Task<SubmissionContent> ReadAsync(HttpRequest request, Incoming incoming, MediaOptions options, CancellationToken cancellationToken)
    {
        var form = new SubmissionForm();
        await MultipartForm.ReadAsync(
            request, request.Body, "Send image, voice1 and prompt as multipart/form-data (curl: -F), or a JSON object with the ids of uploads.",
            (name, section) => form.ReadAsync(name, section, incoming, options, cancellationToken), cancellationToken);
        return new(
            form._texts.GetValueOrDefault("prompt", "").Trim(),
            SubmissionJson.Read("options", form._texts.GetValueOrDefault("options"), ContractsJson.Default.GenerationOptions) ?? new(),
            SubmissionJson.Read("speakers", form._texts.GetValueOrDefault("speakers"), MediaJson.Default.IReadOnlyListSpeakerPart),
            SubmissionJson.Read("priority", form._texts.GetValueOrDefault("priority"), MediaJson.Default.NullableInt32) ?? 0,
            form._inputs,
            SubmissionJson.Read("webhook", form._texts.GetValueOrDefault("webhook"), MediaJson.Default.JobWebhook));
    }

    private async Task ReadAsync(string name, MultipartSection section, Incoming incoming, MediaOptions options, CancellationToken cancellationToken)
    {
        var isFile = SubmissionContent.Files.Contains(name);
        var fileName = MultipartForm.FileName(section);

        // A browser sends an empty part without a file name for a file that was not chosen.
        if (isFile && fileName is "")
            return;

        if (_inputs.ContainsKey(name) || _texts.ContainsKey(name))
        {
            throw new InvalidRequestException("part_repeated", name, $"The part \"{name}\" is there twice.",
                name == SubmissionContent.Image ? "Send one picture; two people share it." : "Send it once; a second voice is \"voice2\".");
        }

        if (isFile && fileName is null)
        {
            _inputs[name] = InputSource.Parse(name, (await ReadTextAsync(section, name, cancellationToken)).Trim());
        }
        else if (isFile)
        {
            _inputs[name] = new InputSource.Upload(await Hashed.CopyAsync(
                section.Body, incoming.File(SubmissionContent.UploadName(name)), name, options.MaxBytes(SubmissionContent.KindOf(name)), cancellationToken));
        }
        else if (_textParts.Contains(name))
        {
            _texts.Add(name, await ReadTextAsync(section, name, cancellationToken));
        }
        else
        {
            throw new InvalidRequestException("part_unknown", name, $"The part \"{name}\" is not known.", $"Send some of: {string.Join(", ", [.. SubmissionContent.Files, .. _textParts])}.");
        }
    }

    private static async Task<string> ReadTextAsync(MultipartSection section, string name, CancellationToken cancellationToken)
    {
        try
        {
            return _strict.GetString(await Bounded.ReadAsync(section.Body, name, MaxTextBytes, cancellationToken));
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidRequestException("text_not_utf8", name, $"The part \"{name}\" is not written in UTF-8.", "Send it as UTF-8, or give the part a file name if it is a file.");
        }
    }
}

using System.Security.Claims;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.GpuRunner.Media;
using MultiTalk.Web.Access;
using MultiTalk.Web.Outbound;

namespace MultiTalk.Web.Media;

/// <summary>Gets the inputs of a submission ready: what arrived or is fetched is normalised, what was uploaded before was so already.</summary>
public sealed class SubmissionInputs(MediaRecords records, InputFetcher fetcher, OutboundAddress addresses, IMediaStore store, Quotas quotas)
{
    /// <summary>Finds, fetches and normalises them.</summary>
    /// <param name="received">The submission. Files are made in its directory.</param>
    /// <param name="user">Whose uploads may be used, and for whom what is fetched counts as uploaded.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InvalidRequestException">One does not exist, cannot be fetched, or is no picture or voice that we take.</exception>
    internal async Task<PreparedInputs> PrepareAsync(ReceivedSubmission received, ClaimsPrincipal user, CancellationToken cancellationToken)
    {
        var (content, incoming) = received;
        var stored = await FindAsync(content, user.Owner());
        await FetchAsync(content, incoming, user, cancellationToken);

        PictureFacts? picture = null;
        Dictionary<string, VoiceFacts> voices = [];
        List<PreparedInput> files = [];
        foreach (var field in SubmissionContent.Files.Where(content.Inputs.ContainsKey))
        {
            var name = field == SubmissionContent.Image ? ColabLayout.Picture : field + ".wav";
            if (stored.GetValueOrDefault(field) is { } media)
            {
                picture ??= media.Picture;
                if (media.Voice is { } known)
                    voices[field] = known;
                files.Add(new(field, new(name, media.Bytes, media.Sha256), media.StoredAs));
                continue;
            }

            var source = incoming.File(SubmissionContent.UploadName(field));
            if (field == SubmissionContent.Image)
                picture = await PictureNormalizer.NormalizeAsync(source, field, incoming.File(name), cancellationToken);
            else
                voices[field] = await VoiceNormalizer.NormalizeAsync(source, field, incoming.File(name), cancellationToken);
            files.Add(new(field, await incoming.DescribeAsync(name, cancellationToken), null));
        }

        return new(picture!, voices, files);
    }

    /// <summary>Puts them into the store as those of a job.</summary>
    /// <exception cref="InvalidRequestException">An upload was removed meanwhile.</exception>
    /// <exception cref="DiskFullException">There is no room for them.</exception>
    internal async Task StoreAsync(string job, IEnumerable<PreparedInput> inputs, Incoming incoming, CancellationToken cancellationToken)
    {
        foreach (var (field, file, from) in inputs)
        {
            var name = JobFiles.Input(job, file.Name);
            if (from is null)
                await store.TakeAsync(name, incoming.File(file.Name), cancellationToken);
            else if (!await store.CopyAsync(from, name, cancellationToken))
                throw NotFound(field);
        }
    }

    private async Task<Dictionary<string, MediaRecord>> FindAsync(SubmissionContent content, string owner)
    {
        Dictionary<string, MediaRecord> found = [];
        foreach (var (field, source) in content.Inputs)
        {
            if (source is not InputSource.Stored stored)
                continue;
            var media = await records.FindAsync(owner, stored.Id) ?? throw NotFound(field);
            found[field] = media.Kind == SubmissionContent.KindOf(field)
                ? media
                : throw new InvalidRequestException("media_kind_wrong", field, $"The upload is {(media.Kind == MediaKind.Image ? "a picture" : "a voice")}.", "Send the id of one of the other kind.");
        }

        return found;
    }

    private async Task FetchAsync(SubmissionContent content, Incoming incoming, ClaimsPrincipal user, CancellationToken cancellationToken)
    {
        var remote = content.Inputs.Where(input => input.Value is InputSource.Remote)
            .Select(input => (Field: input.Key, ((InputSource.Remote)input.Value).Address)).ToList();
        RequestProblem[] problems = [.. remote.Select(input => addresses.Check(input.Address, "input_invalid", input.Field)).OfType<RequestProblem>()];
        if (problems.Length > 0)
            throw new InvalidRequestException(problems);
        var bill = await quotas.BillAsync(user);
        // All of them end before this does, so that nothing writes into a directory that is gone.
        await Task.WhenAll(remote.Select(input => fetcher.FetchAsync(
            new Uri(input.Address), input.Field, incoming.File(SubmissionContent.UploadName(input.Field)), bill.PayAsync, cancellationToken)));
    }

    // Somebody else's upload does not exist, so that ids tell nothing.
    private static InvalidRequestException NotFound(string field) =>
        new("media_not_found", field, "There is no such upload.", "Look at GET /api/v1/media for those that you have, or upload the file again.");
}

/// <summary>The inputs of a submission, normalised and measured.</summary>
/// <param name="Picture">The picture's measures.</param>
/// <param name="Voices">The voices' measures, by field.</param>
/// <param name="Files">Their files: the picture first, then the voices.</param>
internal sealed record PreparedInputs(PictureFacts Picture, IReadOnlyDictionary<string, VoiceFacts> Voices, IReadOnlyList<PreparedInput> Files);

/// <summary>One of them.</summary>
/// <param name="Field">The part of the request.</param>
/// <param name="File">What it is called among a job's inputs.</param>
/// <param name="StoredAs">Its name in the store; null if it lies among what arrived.</param>
internal sealed record PreparedInput(string Field, InputFile File, string? StoredAs);

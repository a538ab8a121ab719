using System.Security.Cryptography;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.GpuRunner.Media;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Web.Media;

/// <summary>Uploads that are kept for jobs to come: inspected and normalised before they are stored, so that using one is a copy.</summary>
public sealed class MediaUploads(
    IMediaStore store, MediaRecords records, Scratch scratch, IOptions<MediaOptions> options, TimeProvider time)
{
    private const string Remedy = "Send one part \"image\" or \"voice\" as multipart/form-data, or the bytes with their Content-Type, image/* or audio/*.";

    /// <summary>Stores an upload: a form of one part, or the bytes alone.</summary>
    /// <param name="request">The upload.</param>
    /// <param name="owner">Whose it will be.</param>
    /// <param name="name">The client's name for bytes alone; a form has its own.</param>
    /// <param name="sha256">What the hash of the body has to be; null for anything.</param>
    /// <param name="cancellationToken">Ends the upload; nothing stays.</param>
    /// <exception cref="InvalidRequestException">It is no picture or voice that we take; nothing was kept.</exception>
    /// <exception cref="UploadTooLargeException">It is too large; nothing was kept.</exception>
    /// <exception cref="DigestMismatchException">The body has another hash; nothing was kept.</exception>
    /// <exception cref="DiskFullException">There is no room for it; nothing was kept.</exception>
    /// <exception cref="MediaUnavailableException">The store does not answer; nothing was kept.</exception>
    public async Task<MediaRecord> AcceptAsync(HttpRequest request, string owner, string? name, string? sha256, CancellationToken cancellationToken)
    {
        using var incoming = scratch.NewIncoming();
        var upload = await ReceiveAsync(request, incoming, name, sha256, cancellationToken);
        var file = MediaRecord.FileName(upload.Kind);
        var field = Field(upload.Kind);
        PictureFacts? picture = null;
        VoiceFacts? voice = null;
        if (upload.Kind == MediaKind.Image)
            picture = await PictureNormalizer.NormalizeAsync(incoming.File(SubmissionContent.UploadName(field)), field, incoming.File(file), cancellationToken);
        else
            voice = await VoiceNormalizer.NormalizeAsync(incoming.File(SubmissionContent.UploadName(field)), field, incoming.File(file), cancellationToken);

        var described = await incoming.DescribeAsync(file, cancellationToken);
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        var media = new MediaRecord(
            MediaRecords.NewId(), owner, upload.Kind, DisplayName.Of(upload.Name), described.Bytes, described.Sha256, now, now + options.Value.KeepUploads)
        {
            Picture = picture,
            Voice = voice,
        };
        await KeepAsync(media, incoming.File(file), cancellationToken);
        return media;
    }

    /// <summary>Removes an upload. Jobs that were made of it have their own copy.</summary>
    /// <exception cref="MediaUnavailableException">The store does not answer; the upload is still there, to be removed again.</exception>
    public async Task RemoveAsync(MediaRecord media, CancellationToken cancellationToken)
    {
        await store.DeleteAsync(media.StoredAs, cancellationToken);
        await records.RemoveAsync(media);
    }

    private async Task KeepAsync(MediaRecord media, string path, CancellationToken cancellationToken)
    {
        try
        {
            await store.TakeAsync(media.StoredAs, path, cancellationToken);
            await records.AddAsync(media);
        }
        // After a lost connection it may be known, so its file stays until it expires; anything else is a refusal for certain.
        catch (Exception exception) when (exception is RedisServerException || !RedisConnection.IsAway(exception))
        {
            await JobFiles.TryAsync(limit => store.DeleteAsync(media.StoredAs, limit));
            throw;
        }
    }

    private async Task<(MediaKind Kind, string? Name)> ReceiveAsync(
        HttpRequest request, Incoming incoming, string? name, string? sha256, CancellationToken cancellationToken)
    {
        if (sha256 is null)
            return await ReadAsync(request.Body);
        // The digest is of the whole body as it was sent (RFC 9530, 3.1), a form's as well; what follows its last part belongs to it.
        using var hash = SHA256.Create();
        await using var body = new CryptoStream(request.Body, hash, CryptoStreamMode.Read, leaveOpen: true);
        var upload = await ReadAsync(body);
        await body.CopyToAsync(Stream.Null, cancellationToken);
        return Convert.ToHexStringLower(hash.Hash!) == sha256 ? upload : throw new DigestMismatchException();

        Task<(MediaKind Kind, string? Name)> ReadAsync(Stream body) => MultipartForm.Is(request)
            ? ReadFormAsync(request, body, incoming, cancellationToken)
            : ReadBytesAsync(request, body, incoming, name, cancellationToken);
    }

    private async Task<(MediaKind Kind, string? Name)> ReadFormAsync(HttpRequest request, Stream body, Incoming incoming, CancellationToken cancellationToken)
    {
        (MediaKind Kind, string? Name)? upload = null;
        await MultipartForm.ReadAsync(request, body, Remedy, ReadAsync, cancellationToken);
        return upload ?? throw new InvalidRequestException("media_missing", "body", "The form holds no picture and no voice.", Remedy);

        async Task ReadAsync(string part, MultipartSection section)
        {
            if (upload is not null)
                throw new InvalidRequestException("part_repeated", part, "The form holds a second part.", "Upload one file at a time.");
            var kind = part switch
            {
                "image" => MediaKind.Image,
                "voice" => MediaKind.Voice,
                _ => throw new InvalidRequestException("part_unknown", part, $"The part \"{part}\" is not known.", Remedy),
            };
            await WriteAsync(section.Body, kind, incoming, cancellationToken);
            upload = (kind, MultipartForm.FileName(section));
        }
    }

    private async Task<(MediaKind Kind, string? Name)> ReadBytesAsync(HttpRequest request, Stream body, Incoming incoming, string? name, CancellationToken cancellationToken)
    {
        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.Type.Value?.ToLowerInvariant() : null;
        var kind = type switch
        {
            "image" => MediaKind.Image,
            "audio" => MediaKind.Voice,
            _ => throw new InvalidRequestException("media_type_unknown", "body", "The Content-Type says neither a form nor a picture nor a voice.", Remedy),
        };
        await WriteAsync(body, kind, incoming, cancellationToken);
        return (kind, name);
    }

    private Task<string> WriteAsync(Stream body, MediaKind kind, Incoming incoming, CancellationToken cancellationToken) =>
        Hashed.CopyAsync(body, incoming.File(SubmissionContent.UploadName(Field(kind))), Field(kind), options.Value.MaxBytes(kind), cancellationToken);

    private static string Field(MediaKind kind) => kind == MediaKind.Image ? "image" : "voice";
}

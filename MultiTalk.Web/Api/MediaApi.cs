using System.Security.Claims;
using Microsoft.Net.Http.Headers;
using MultiTalk.Web.Access;
using MultiTalk.Web.Media;

namespace MultiTalk.Web.Api;

/// <summary>Uploads over REST: a picture or a voice that is stored once and used in any number of jobs, while it is kept.</summary>
public static class MediaApi
{
    /// <summary>Where the API lives.</summary>
    public const string Root = "/api/v1/media";

    private const int MaxPage = 200;

    private static readonly PartNote[] _parts =
    [
        new("image", "A picture: PNG, JPEG or WebP.", IsFile: true),
        new("voice", "Or a voice: WAV, MP3, FLAC, OGG or M4A.", IsFile: true),
    ];

    /// <summary>Maps the endpoints.</summary>
    public static IEndpointRouteBuilder MapMediaApi(this IEndpointRouteBuilder app)
    {
        var uploads = app.MapGroup(Root).WithTags("Media").LimitMessages();
        uploads.MapPost("", Upload).RequireAuthorization(Policies.Submit).WithName("UploadMedia").MeterUploads().WithSummary("Uploads a picture or a voice.")
            .WithDescription("For any number of jobs, while it is kept. A form with one part, or the bytes alone with their Content-Type, image/* or audio/*.")
            .WithParts(_parts).WithHeader(ReprDigest.Name, "sha-256=:<base64>: of the whole body; nothing is kept if it has another hash.")
            .Produces<MediaDocument>(StatusCodes.Status201Created)
            .WithProblems("digest_missing", "digest_mismatch", "upload_too_large", "storage_full", "media_unavailable", "program_missing").WithProblems([.. RequestCodes.All]).WithMetadata(new UploadLimit());
        uploads.MapGet("", List).RequireAuthorization(Policies.Read).WithName("ListMedia").WithSummary("Lists your uploads.")
            .WithDescription("Newest first. Ask again with cursor set to next.").Produces<MediaPage>();
        var upload = uploads.MapGroup(JobIdConstraint.Segment);
        upload.MapGet("", Get).RequireAuthorization(Policies.Read).WithName("GetMedia").WithSummary("Gets one of your uploads.")
            .WithDescription("What it is, and until when it is kept.").Produces<MediaDocument>().WithProblems("media_not_found");
        upload.MapMethods("content", [HttpMethods.Get, HttpMethods.Head], Content).RequireAuthorization(Policies.Read).WithName("GetMediaContent").WithSummary("Gets an upload's bytes.")
            .WithDescription("The PNG or WAV that was made of it, with ranges; its ETag is its SHA-256.")
            .Produces<Stream>(StatusCodes.Status200OK, MediaRecord.ContentType(MediaKind.Image), MediaRecord.ContentType(MediaKind.Voice))
            .Produces<Stream>(StatusCodes.Status206PartialContent, MediaRecord.ContentType(MediaKind.Image), MediaRecord.ContentType(MediaKind.Voice))
            .Produces(StatusCodes.Status304NotModified).WithProblems("media_not_found", "media_unavailable", "precondition_failed", "range_unsatisfiable").DisableRequestTimeout();
        upload.MapDelete("", Delete).RequireAuthorization(Policies.Submit).WithName("DeleteMedia").WithSummary("Removes an upload.")
            .WithDescription("Jobs that were made of it have their own copy.").Produces(StatusCodes.Status204NoContent).WithProblems("media_not_found", "media_unavailable");
        return app;
    }

    private static async Task<IResult> Upload(HttpRequest request, ClaimsPrincipal user, MediaUploads uploads, string? name, CancellationToken cancellationToken)
    {
        var sha256 = ReprDigest.Read(request.Headers);
        if (sha256 is null && request.Headers.ContainsKey(ReprDigest.Name))
            return Problems.DigestMissing();
        try
        {
            var media = await uploads.AcceptAsync(request, user.Owner(), name, sha256, cancellationToken);
            return Results.Created($"{Root}/{media.Id}", MediaDocument.Of(media));
        }
        catch (DigestMismatchException)
        {
            return Problems.DigestMismatch();
        }
    }

    private static async Task<IResult> List(ClaimsPrincipal user, MediaRecords records, string? cursor = null, int limit = 50)
    {
        limit = Math.Clamp(limit, 1, MaxPage);
        var page = await records.ListAsync(user.Owner(), string.IsNullOrEmpty(cursor) ? null : cursor, limit);
        return Results.Ok(new MediaPage([.. page.Select(MediaDocument.Of)], page.Count == limit ? page[^1].Id : null));
    }

    private static async Task<IResult> Get(string id, ClaimsPrincipal user, MediaRecords records) =>
        await records.FindAsync(user.Owner(), id) is { } media ? Results.Ok(MediaDocument.Of(media)) : Problems.NoSuchMedia();

    private static async Task<IResult> Content(string id, ClaimsPrincipal user, MediaRecords records, IMediaStore store, CancellationToken cancellationToken) =>
        await records.FindAsync(user.Owner(), id) is { } media && await store.OpenAsync(media.StoredAs, cancellationToken) is { } content
            ? Results.Stream(content, MediaRecord.ContentType(media.Kind), lastModified: media.CreatedAt, entityTag: new EntityTagHeaderValue($"\"{media.Sha256}\""), enableRangeProcessing: true)
            : Problems.NoSuchMedia();

    private static async Task<IResult> Delete(string id, ClaimsPrincipal user, MediaRecords records, MediaUploads uploads, CancellationToken cancellationToken)
    {
        if (await records.FindAsync(user.Owner(), id) is not { } media)
            return Problems.NoSuchMedia();
        await uploads.RemoveAsync(media, cancellationToken);
        return Results.NoContent();
    }
}

/// <summary>An upload. Length and hash are those of the normalised PNG or WAV, which is what jobs get.</summary>
/// <param name="Id">32 hexadecimal digits; a job's <c>image</c> or <c>voice1</c> may be it.</param>
/// <param name="Kind"><c>image</c> or <c>voice</c>.</param>
/// <param name="Name">The client's name for the file, to be shown only; empty if it gave none.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its hash, lower-case hexadecimal; its ETag as well.</param>
/// <param name="Width">A picture's width in pixels.</param>
/// <param name="Height">A picture's height in pixels.</param>
/// <param name="Seconds">A voice's length.</param>
/// <param name="CreatedAt">When it was stored.</param>
/// <param name="ExpiresAt">When it is forgotten.</param>
public sealed record MediaDocument(
    string Id, MediaKind Kind, string Name, long Bytes, string Sha256, int? Width, int? Height, double? Seconds, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt)
{
    /// <summary>The document of an upload.</summary>
    public static MediaDocument Of(MediaRecord media) => new(
        media.Id, media.Kind, media.Name, media.Bytes, media.Sha256, media.Picture?.Width, media.Picture?.Height, media.Voice?.Seconds, media.CreatedAt, media.ExpiresAt);
}

/// <summary>A page of uploads, newest first.</summary>
/// <param name="Items">The uploads.</param>
/// <param name="Next">The cursor of the next page; null on the last.</param>
public sealed record MediaPage(IReadOnlyList<MediaDocument> Items, string? Next);

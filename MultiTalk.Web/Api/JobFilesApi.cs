using System.Security.Claims;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using MultiTalk.Web.Access;
using MultiTalk.Web.Jobs;
using MultiTalk.Web.Media;

namespace MultiTalk.Web.Api;

/// <summary>What a job leaves to look at: its video, a small picture, its log.</summary>
public static class JobFilesApi
{
    private const string VideoType = "video/mp4";

    // Long enough for a player that asks for the rest later; whoever has the link may read the video for so long.
    private static readonly TimeSpan _linkLifetime = TimeSpan.FromMinutes(10);

    /// <summary>Maps the endpoints under a job's.</summary>
    internal static void MapJobFiles(this IEndpointRouteBuilder job)
    {
        job.MapMethods("video", [HttpMethods.Get, HttpMethods.Head], Video).RequireAuthorization(Policies.Read).WithName("GetVideo").WithSummary("Gets a job's video.").WithDescription("MP4, with ranges; its ETag is its SHA-256.")
            .Produces<Stream>(StatusCodes.Status200OK, "video/mp4").Produces<Stream>(StatusCodes.Status206PartialContent, "video/mp4").Produces(StatusCodes.Status304NotModified)
            .WithProblems("job_not_found", "video_not_found", "media_unavailable", "precondition_failed", "range_unsatisfiable").DisableRequestTimeout();
        job.MapMethods("thumbnail", [HttpMethods.Get, HttpMethods.Head], Thumbnail).RequireAuthorization(Policies.Read).WithName("GetThumbnail").WithSummary("Gets a job's small picture.")
            .WithDescription("A JPEG at most 320 pixels wide and high: of the video, a third into it, or of the input before there is one.")
            .Produces<Stream>(StatusCodes.Status200OK, "image/jpeg").Produces(StatusCodes.Status304NotModified).WithProblems("job_not_found", "thumbnail_not_found", "media_unavailable", "program_missing").DisableRequestTimeout();
        job.MapGet("log", Log).RequireAuthorization(Policies.Read).WithName("GetLog").WithSummary("Gets a job's log.").WithDescription("The last lines of what the script said.")
            .Produces<string>(StatusCodes.Status200OK, "text/plain").WithProblems("job_not_found");
    }

    private static async Task<IResult> Video(
        string id, HttpRequest request, ClaimsPrincipal user, JobStore store, JobFiles files, IMediaStore media, IOptions<MediaOptions> options, CancellationToken cancellationToken)
    {
        if (await JobsApi.FindAsync(id, user, store) is not { } job)
            return Problems.NoSuchJob();
        if (job.Video is not { } video || await files.FindOutputAsync(id, job.Attempt, video.Sha256, cancellationToken) is not { } output)
            return Problems.NoVideo();
        // A link is for one method; and the policy of a page plays only what comes from this site.
        var mayRedirect = options.Value.Redirect && HttpMethods.IsGet(request.Method) && request.Headers.Authorization.Count > 0;
        if (mayRedirect && await media.LinkAsync(output.Name, _linkLifetime, VideoType, cancellationToken) is { } link)
            return Results.Redirect(link.AbsoluteUri);
        return await media.OpenAsync(output.Name, cancellationToken) is { } content
            ? Results.Stream(content, VideoType, lastModified: output.ModifiedAt, entityTag: new EntityTagHeaderValue($"\"{video.Sha256}\""), enableRangeProcessing: true)
            : Problems.NoVideo();
    }

    private static async Task<IResult> Thumbnail(string id, ClaimsPrincipal user, JobStore store, Thumbnails thumbnails, HttpResponse response, CancellationToken cancellationToken)
    {
        if (await JobsApi.FindAsync(id, user, store) is not { } job)
            return Problems.NoSuchJob();
        if (await thumbnails.FindAsync(job, cancellationToken) is not { } picture)
            return Problems.NoThumbnail();
        // The picture of the input gives way to that of the video.
        response.Headers.CacheControl = "private, no-cache";
        return Results.Stream(picture.Content, "image/jpeg", entityTag: new EntityTagHeaderValue($"\"{picture.Tag}\""));
    }

    private static async Task<IResult> Log(string id, ClaimsPrincipal user, JobStore store) =>
        await JobsApi.FindAsync(id, user, store) is null
            ? Problems.NoSuchJob()
            : Results.Text(string.Join('\n', await store.LogAsync(id)), "text/plain; charset=utf-8");
}

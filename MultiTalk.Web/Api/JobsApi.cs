using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using Microsoft.Net.Http.Headers;
using MultiTalk.Web.Access;
using MultiTalk.Web.Jobs;
using MultiTalk.Web.Media;

namespace MultiTalk.Web.Api;

/// <summary>Jobs over REST, for people's programs and for the studio.</summary>
public static class JobsApi
{
    /// <summary>Where the API lives.</summary>
    public const string Root = "/api/v1/jobs";

    private const int MaxPage = 200;

    /// <summary>Maps the endpoints.</summary>
    public static IEndpointRouteBuilder MapJobsApi(this IEndpointRouteBuilder app)
    {
        var jobs = app.MapGroup(Root).WithTags("Jobs");
        jobs.MapPost("", Submit).RequireAuthorization(Policies.Submit).WithName("SubmitJob").WithMetadata(new UploadLimit());
        jobs.MapPost("plan", Plan).RequireAuthorization(Policies.Submit).WithName("PlanJob").WithMetadata(new UploadLimit());
        jobs.MapGet("", List).RequireAuthorization(Policies.Read).WithName("ListJobs");
        var job = jobs.MapGroup(JobIdConstraint.Segment);
        job.MapGet("", Get).RequireAuthorization(Policies.Read).WithName("GetJob");
        job.MapDelete("", Cancel).RequireAuthorization(Policies.Cancel).WithName("CancelJob");
        job.MapMethods("video", [HttpMethods.Get, HttpMethods.Head], Video).RequireAuthorization(Policies.Read).WithName("GetVideo");
        job.MapGet("log", Log).RequireAuthorization(Policies.Read).WithName("GetLog");
        job.MapGet("events", Events).RequireAuthorization(Policies.Read).WithName("FollowJob");
        return app;
    }

    private static async Task<IResult> Submit(HttpRequest request, ClaimsPrincipal user, JobSubmission submission, JobStore store, CancellationToken cancellationToken)
    {
        var job = await submission.AcceptAsync(request, user.Owner(), cancellationToken);
        return Results.Accepted($"{Root}/{job.Id}", JobDocument.Of(job, await store.FleetAsync()));
    }

    private static async Task<IResult> Plan(HttpRequest request, JobSubmission submission, CancellationToken cancellationToken) =>
        Results.Ok(await submission.PlanAsync(request, cancellationToken));

    private static async Task<IResult> List(ClaimsPrincipal user, JobStore store, string? cursor = null, int limit = 50)
    {
        limit = Math.Clamp(limit, 1, MaxPage);
        var jobs = await store.ListAsync(user.OwnerListed(), string.IsNullOrEmpty(cursor) ? null : cursor, limit);
        var fleet = await store.FleetAsync();
        return Results.Ok(new JobPage([.. jobs.Select(job => JobDocument.Of(job, fleet) with { Parity = null })], jobs.Count == limit ? jobs[^1].Id : null));
    }

    private static async Task<IResult> Get(string id, ClaimsPrincipal user, JobStore store) =>
        await FindAsync(id, user, store) is { } job
            ? Results.Ok(JobDocument.Of(job, await store.FleetAsync()))
            : Problems.NoSuchJob();

    private static async Task<IResult> Cancel(string id, ClaimsPrincipal user, JobStore store)
    {
        if (await store.FindAsync(id) is not { } job || !(user.MaySee(job) || user.MayCancel(job.Owner)))
            return Problems.NoSuchJob();
        if (!user.MayCancel(job.Owner))
            return Problems.Forbidden();
        return await store.CancelAsync(job) ? Results.NoContent() : Problems.AlreadyEnded();
    }

    private static async Task<IResult> Video(string id, ClaimsPrincipal user, JobStore store, DiskMediaStore media)
    {
        if (await FindAsync(id, user, store) is not { } job)
            return Problems.NoSuchJob();
        if (job.Video is not { } video || media.FindOutput(id, job.Attempt, video.Sha256) is not { } path)
            return Problems.NoVideo();
        return Results.File(path, "video/mp4", enableRangeProcessing: true, entityTag: new EntityTagHeaderValue($"\"{video.Sha256}\""));
    }

    private static async Task<IResult> Log(string id, ClaimsPrincipal user, JobStore store) =>
        await FindAsync(id, user, store) is null
            ? Problems.NoSuchJob()
            : Results.Text(string.Join('\n', await store.LogAsync(id)), "text/plain; charset=utf-8");

    private static async Task<IResult> Events(string id, ClaimsPrincipal user, JobStore store, JobWatcher watcher, IHostApplicationLifetime lifetime, HttpContext context)
    {
        if (await FindAsync(id, user, store) is null)
            return Problems.NoSuchJob();
        return TypedResults.ServerSentEvents(Documents(id, store, watcher, lifetime.ApplicationStopping, context.RequestAborted));
    }

    private static async IAsyncEnumerable<SseItem<JobDocument>> Documents(
        string id, JobStore store, JobWatcher watcher, CancellationToken stopping, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancellationToken);
        await foreach (var job in watcher.FollowAsync(id, ending.Token))
            yield return new SseItem<JobDocument>(JobDocument.Of(job, await store.FleetAsync()), "job");
    }

    // Somebody else's job does not exist, so that ids tell nothing.
    private static async Task<Job?> FindAsync(string id, ClaimsPrincipal user, JobStore store) =>
        await store.FindAsync(id) is { } job && user.MaySee(job) ? job : null;
}

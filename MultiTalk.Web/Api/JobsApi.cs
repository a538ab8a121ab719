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
    private const int MaxKey = 255;

    /// <summary>Maps the endpoints.</summary>
    public static IEndpointRouteBuilder MapJobsApi(this IEndpointRouteBuilder app)
    {
        var jobs = app.MapGroup(Root).WithTags("Jobs").LimitMessages();
        jobs.MapPost("", Submit).RequireAuthorization(Policies.Submit).WithName("SubmitJob").WithMetadata(new UploadLimit());
        jobs.MapPost("plan", Plan).RequireAuthorization(Policies.Submit).WithName("PlanJob").WithMetadata(new UploadLimit());
        jobs.MapGet("", List).RequireAuthorization(Policies.Read).WithName("ListJobs");
        var job = jobs.MapGroup(JobIdConstraint.Segment);
        job.MapGet("", Get).RequireAuthorization(Policies.Read).WithName("GetJob");
        job.MapDelete("", Cancel).RequireAuthorization(Policies.Cancel).WithName("CancelJob");
        job.MapPatch("", Move).RequireAuthorization(Policies.Cancel).WithName("MoveJob");
        job.MapPost("retry", Retry).RequireAuthorization(Policies.Submit).WithName("RetryJob");
        job.MapMethods("video", [HttpMethods.Get, HttpMethods.Head], Video).RequireAuthorization(Policies.Read).WithName("GetVideo");
        job.MapGet("log", Log).RequireAuthorization(Policies.Read).WithName("GetLog");
        job.MapGet("events", JobStream.FollowAsync).RequireAuthorization(Policies.Read).WithName("FollowJob");
        return app;
    }

    private static async Task<IResult> Submit(HttpRequest request, ClaimsPrincipal user, JobSubmission submission, JobStore store, CancellationToken cancellationToken) =>
        TryReadKey(request, out var key)
            ? await AnswerAsync(await submission.AcceptAsync(request, user.Owner(), key, cancellationToken), store)
            : Problems.KeyInvalid();

    private static async Task<IResult> Retry(
        string id, RetryRequest? retry, HttpRequest request, ClaimsPrincipal user, JobSubmission submission, JobStore store, CancellationToken cancellationToken)
    {
        if (!TryReadKey(request, out var key))
            return Problems.KeyInvalid();
        if (await FindAsync(id, user, store) is not { } job)
            return Problems.NoSuchJob();
        if (!job.Ended)
            return Problems.NotEnded();
        try
        {
            return await AnswerAsync(await submission.RetryAsync(job, user.Owner(), retry?.NewSeed == true, key, cancellationToken), store);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return Problems.InputsGone();
        }
    }

    private static async Task<IResult> Plan(HttpRequest request, JobSubmission submission, CancellationToken cancellationToken) =>
        Results.Ok(await submission.PlanAsync(request, cancellationToken));

    private static async Task<IResult> List(
        ClaimsPrincipal user, JobStore store, LiveFleet fleet, string? cursor = null, int limit = 50, string? state = null, string? owner = null, string? engine = null)
    {
        if (!JobHash.TryState(state, out var wanted))
            return Problems.StateUnknown();
        // Anything else than an error would look as if that owner had no jobs, or the caller's.
        if (!string.IsNullOrEmpty(owner) && owner != user.Owner() && !user.Has(Scopes.ReadAll))
            return Problems.Forbidden();
        limit = Math.Clamp(limit, 1, MaxPage);
        var filter = new JobFilter(user.OwnerListed(NullIfEmpty(owner)), wanted, NullIfEmpty(engine));
        var jobs = await store.ListAsync(filter, NullIfEmpty(cursor), limit);
        var live = await fleet.GetAsync();
        return Results.Ok(new JobPage([.. jobs.Select(job => JobDocument.Of(job, live) with { Parity = null })], jobs.Count == limit ? jobs[^1].Id : null));
    }

    private static async Task<IResult> Get(string id, ClaimsPrincipal user, JobStore store) =>
        await FindAsync(id, user, store) is { } job
            ? Results.Ok(await DocumentAsync(job, store))
            : Problems.NoSuchJob();

    private static async Task<IResult> Cancel(string id, ClaimsPrincipal user, JobStore store)
    {
        if (await store.FindAsync(id) is not { } job || !(user.MaySee(job) || user.MayChange(job.Owner)))
            return Problems.NoSuchJob();
        if (!user.MayChange(job.Owner))
            return Problems.Forbidden();
        return await store.CancelAsync(id) ? Results.NoContent() : Problems.AlreadyEnded();
    }

    private static async Task<IResult> Move(string id, MoveRequest move, ClaimsPrincipal user, JobStore store)
    {
        if (await store.FindAsync(id) is not { } job || !(user.MaySee(job) || user.MayChange(job.Owner)))
            return Problems.NoSuchJob();
        if (!user.MayChange(job.Owner))
            return Problems.Forbidden();
        if (move.Priority is < JobPriority.Lowest or > JobPriority.Highest)
            return Problems.PriorityInvalid();
        if ((move.Front || move.Priority > 0) && !user.Has(Scopes.Operate))
            return Problems.PriorityReserved();
        // Nothing is asked for: even a move to its own priority would put the job behind its owner's others.
        var moves = move.Priority is not null || move.Front;
        if (moves ? !await store.PrioritizeAsync(id, move.Priority, move.Front) : job.State != JobState.Queued)
            return Problems.NotQueued();
        // Who may operate need not see.
        return await FindAsync(id, user, store) is { } moved ? Results.Ok(await DocumentAsync(moved, store)) : Results.NoContent();
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

    private static async Task<IResult> AnswerAsync(Submission submission, JobStore store)
    {
        if (submission.Outcome == SubmissionOutcome.Conflict)
            return Problems.KeyReused();
        if (await store.FindAsync(submission.JobId) is { } job)
            return Results.Accepted($"{Root}/{job.Id}", await DocumentAsync(job, store));
        return submission.Outcome == SubmissionOutcome.Repeated
            ? Problems.JobGone()
            : throw new InvalidOperationException($"The job {submission.JobId} was accepted and is gone. Does Redis evict keys? Set maxmemory-policy to noeviction.");
    }

    private static async Task<JobDocument> DocumentAsync(Job job, JobStore store) =>
        JobDocument.Of(job, await store.FleetAsync()) with { Position = job.State == JobState.Queued ? await store.PositionAsync(job.Id) : null };

    // https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header: a string, with or without the quotes of a structured field.
    private static bool TryReadKey(HttpRequest request, out string? key)
    {
        key = null;
        if (!request.Headers.TryGetValue("Idempotency-Key", out var values))
            return true;
        key = values.ToString().Trim('"');
        return key.Length is > 0 and <= MaxKey && !key.Any(char.IsControl);
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    // Somebody else's job does not exist, so that ids tell nothing.
    private static async Task<Job?> FindAsync(string id, ClaimsPrincipal user, JobStore store) =>
        await store.FindAsync(id) is { } job && user.MaySee(job) ? job : null;
}

/// <summary>How a job is repeated.</summary>
/// <param name="NewSeed">Whether the new job draws another seed; otherwise it is the same.</param>
public sealed record RetryRequest(bool NewSeed = false);

/// <summary>Where a queued job is moved.</summary>
/// <param name="Priority">From −10 to 10; null to leave it.</param>
/// <param name="Front">Whether it becomes the next to be run.</param>
public sealed record MoveRequest(int? Priority = null, bool Front = false);

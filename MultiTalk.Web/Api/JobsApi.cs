using System.Globalization;
using System.Security.Claims;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Web.Access;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Api;

/// <summary>Jobs over REST, for people's programs and for the studio.</summary>
public static class JobsApi
{
    /// <summary>Where the API lives.</summary>
    public const string Root = "/api/v1/jobs";

    private const int MaxPage = 200;
    private const int MaxKey = 255;

    // Some seconds of work.
    private const int MaxCancels = 1000;

    private static readonly PartNote[] _parts =
    [
        new("image", "PNG, JPEG or WebP: who speaks, and the first picture of the video.", IsFile: true),
        new("voice1", "WAV, MP3, FLAC, OGG or M4A: what the first person says. In place of a file, here and in JSON: the id of an upload, or an https address.", IsFile: true),
        new("voice2", "What the second person says.", IsFile: true),
        new("prompt", "The scene, in a sentence or some."),
        new("speakers", "JSON: for each person a text and the voice that speaks it, a box, or that they are silent. Not needed for one voice a person."),
        new("options", "JSON: engine, preset, size, steps, seed, and so on. What is left out is chosen."),
        new("priority", "From -10 to 10; more than 0 takes the scope operate."),
    ];

    /// <summary>Maps the endpoints.</summary>
    public static IEndpointRouteBuilder MapJobsApi(this IEndpointRouteBuilder app)
    {
        var jobs = app.MapGroup(Root).WithTags("Jobs").LimitMessages();
        jobs.MapPost("", Submit).RequireAuthorization(Policies.Submit).WithName("SubmitJob").MeterSubmissions().MeterUploads().WithSummary("Submits a job.")
            .WithDescription("A picture, one or two voices or texts, and what is seen. It is queued at once; the answer is the job, and Location its address.")
            .WithParts(_parts).WithHeader("Idempotency-Key", "1 to 255 characters. The same key with the same request makes one job, however often it is sent.")
            .Produces<JobDocument>(StatusCodes.Status202Accepted)
            .WithProblems("idempotency_key_invalid", "idempotency_key_reused", "job_gone", "upload_too_large", "storage_full", "media_unavailable", "program_missing", "priority_reserved").WithProblems([.. RequestCodes.All]).WithMetadata(new UploadLimit());
        jobs.MapPost("plan", Plan).RequireAuthorization(Policies.Submit).WithName("PlanJob").MeterUploads().WithSummary("Plans a job.")
            .WithDescription("What a job of these parts would do and how long that might take; nothing is queued or kept.")
            .WithParts(_parts).Produces<GenerationPlan>()
            .WithProblems("upload_too_large", "storage_full", "media_unavailable", "program_missing", "priority_reserved").WithProblems([.. RequestCodes.All]).WithMetadata(new UploadLimit());
        jobs.MapGet("", List).RequireAuthorization(Policies.Read).WithName("ListJobs").WithSummary("Lists jobs.")
            .WithDescription("Newest first: one's own, or everybody's with the scope read-all; with shared=true, what anybody shares. since and until are times of submission. Ask again with cursor set to next.")
            .WithHeader("If-None-Match", "The ETag of an earlier answer; 304 if nothing has changed.")
            .Produces<JobPage>().Produces(StatusCodes.Status304NotModified).WithProblems("state_unknown", "time_unknown");
        jobs.MapPost("cancel", CancelMany).RequireAuthorization(Policies.Cancel).WithName("CancelJobs").WithSummary("Cancels many jobs.")
            .WithDescription("All of one's own that have not ended; operators also those of an owner, or everybody's with all. At most 1,000 a call: left says how many to ask again for.")
            .WithExample("""{"state": "queued"}""").Produces<CancelAnswer>().WithProblems("state_not_cancelable", "owner_unclear").DisableRequestTimeout();
        var job = jobs.MapGroup(JobIdConstraint.Segment);
        job.MapGet("", Get).RequireAuthorization(Policies.Read).WithName("GetJob").WithSummary("Gets a job.").WithDescription("How it stands, in full.")
            .WithHeader("If-None-Match", "The ETag of an earlier answer; 304 if nothing has changed.")
            .Produces<JobDocument>().Produces(StatusCodes.Status304NotModified).WithProblems("job_not_found");
        job.MapDelete("", Cancel).RequireAuthorization(Policies.Cancel).WithName("CancelJob").WithSummary("Cancels a job.").WithDescription("A job that runs is stopped within seconds. One that has ended stays as it is.")
            .WithHeader("If-Match", "The ETag of the job; it is canceled only if it has not changed since.")
            .Produces(StatusCodes.Status204NoContent).WithProblems("job_not_found", "job_ended", "precondition_failed");
        job.MapPatch("", Move).RequireAuthorization(Policies.Cancel).WithName("MoveJob").WithSummary("Moves a job in the queue, or shares it.")
            .WithDescription("Its priority, or to the front; or whether everybody who may read may see it. 204 for who may move it and not see it.")
            .WithHeader("If-Match", "The ETag of the job; it is moved only if it has not changed since.")
            .WithExample("""{"priority": -5}""")
            .Produces<JobDocument>().Produces(StatusCodes.Status204NoContent)
            .WithProblems("job_not_found", "job_not_queued", "priority_invalid", "priority_reserved", "precondition_failed");
        job.MapPost("retry", Retry).RequireAuthorization(Policies.Submit).WithName("RetryJob").MeterSubmissions().WithSummary("Repeats a job that has ended.").WithDescription("A new job of the same inputs, with the same seed or another.")
            .WithHeader("Idempotency-Key", "1 to 255 characters. The same key with the same request makes one job, however often it is sent.")
            .WithExample("""{"newSeed": true}""").Produces<JobDocument>(StatusCodes.Status202Accepted)
            .WithProblems("job_not_found", "job_not_ended", "inputs_gone", "idempotency_key_invalid", "idempotency_key_reused", "job_gone", "storage_full", "media_unavailable");
        job.MapGet("events", JobStream.FollowAsync).RequireAuthorization(Policies.Read).WithName("FollowJob").WithSummary("Follows a job.")
            .WithDescription("Server-sent events until it has ended: first a snapshot, then what changes. 204 if the client knows the end already.")
            .WithHeader("Last-Event-ID", "The last event that was seen; what came after it is sent.")
            .Produces<string>(StatusCodes.Status200OK, "text/event-stream").Produces(StatusCodes.Status204NoContent).WithProblems("job_not_found").DisableRequestTimeout();
        job.MapJobFiles();
        return app;
    }

    private static async Task<IResult> Submit(HttpRequest request, ClaimsPrincipal user, JobSubmission submission, JobStore store, CancellationToken cancellationToken)
    {
        if (!TryReadKey(request, out var key))
            return Problems.KeyInvalid();
        using var received = await submission.ReceiveAsync(request, cancellationToken);
        return Refuse(received.Content.Priority, front: false, user)
            ?? await AnswerAsync(await submission.AcceptAsync(received, user, key, cancellationToken), store);
    }

    private static async Task<IResult> Retry(
        string id, RetryRequest? retry, HttpRequest request, ClaimsPrincipal user, JobSubmission submission, JobStore store, CancellationToken cancellationToken)
    {
        if (!TryReadKey(request, out var key))
            return Problems.KeyInvalid();
        if (await FindAsync(id, user, store) is not { } job)
            return Problems.NoSuchJob();
        // To share shows a job; its files are not given away with it.
        if (!user.MaySeeUnshared(job.Owner))
            return Problems.Forbidden();
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

    private static async Task<IResult> Plan(HttpRequest request, ClaimsPrincipal user, JobSubmission submission, CancellationToken cancellationToken)
    {
        using var received = await submission.ReceiveAsync(request, cancellationToken);
        return Refuse(received.Content.Priority, front: false, user)
            ?? Results.Ok(await submission.PlanAsync(received, user, cancellationToken));
    }

    // What a submission may ask for is what a move may.
    private static IResult? Refuse(int priority, bool front, ClaimsPrincipal user) => priority switch
    {
        < JobPriority.Lowest or > JobPriority.Highest => Problems.PriorityInvalid(),
        _ when (front || priority > 0) && !user.Has(Scopes.Operate) => Problems.PriorityReserved(),
        _ => null,
    };

    private static async Task<IResult> List(
        HttpContext context, ClaimsPrincipal user, JobStore store, LiveFleet fleet, string? cursor = null, int limit = 50, string? state = null, string? owner = null, string? engine = null,
        bool shared = false, string? retryOf = null, string? since = null, string? until = null)
    {
        if (!JobHash.TryState(state, out var wanted))
            return Problems.StateUnknown();
        if (!TryTime(since, out var from) || !TryTime(until, out var to))
            return Problems.TimeUnknown();
        // What is shared is there for everybody who may read. Of anything else, to say nothing would look as if that owner had no jobs.
        var asGuest = shared && user.Has(Scopes.Read);
        if (!asGuest && !string.IsNullOrEmpty(owner) && owner != user.Owner() && !user.Has(Scopes.ReadAll))
            return Problems.Forbidden();
        limit = Math.Clamp(limit, 1, MaxPage);
        var filter = new JobFilter(asGuest ? NullIfEmpty(owner) : user.OwnerListed(NullIfEmpty(owner)), wanted, NullIfEmpty(engine), shared, NullIfEmpty(retryOf), from, to);
        var jobs = await store.ListAsync(filter, NullIfEmpty(cursor), limit);
        var live = await fleet.GetAsync();
        return EntityTags.Tagged(context, new JobPage([.. jobs.Select(job => JobDocument.Of(job, live) with { Parity = null })], jobs.Count == limit ? jobs[^1].Id : null));
    }

    private static async Task<IResult> Get(string id, HttpContext context, ClaimsPrincipal user, JobStore store) =>
        await FindAsync(id, user, store) is { } job
            ? EntityTags.Tagged(context, await DocumentAsync(job, store), job.Sequence)
            : Problems.NoSuchJob();

    private static async Task<IResult> Cancel(string id, HttpRequest request, ClaimsPrincipal user, JobStore store)
    {
        if (await store.FindAsync(id) is not { } job || !(user.MaySee(job) || user.MayChange(job.Owner)))
            return Problems.NoSuchJob();
        if (!user.MayChange(job.Owner))
            return Problems.Forbidden();
        if (!EntityTags.Holds(request, job.Sequence))
            return Problems.PreconditionFailed();
        return await store.CancelAsync(id) ? Results.NoContent() : Problems.AlreadyEnded();
    }

    private static async Task<IResult> CancelMany(CancelRequest? cancel, ClaimsPrincipal user, JobStore store, CancellationToken cancellationToken)
    {
        var (state, owner, all) = cancel ?? new();
        if (state is not (null or JobState.Queued or JobState.Running))
            return Problems.NotCancelable();
        if (all && !string.IsNullOrEmpty(owner))
            return Problems.WhoseUnclear();
        var whose = all ? null : NullIfEmpty(owner) ?? user.Owner();
        if (whose is null ? !user.Has(Scopes.Operate) : !user.MayChange(whose))
            return Problems.Forbidden();

        // What is claimed meanwhile runs by the time that those are looked at.
        JobState[] states = state is { } only ? [only] : [JobState.Queued, JobState.Running];
        var (canceled, tries) = (0, MaxCancels);
        foreach (var each in states)
        {
            // The newest first: nothing is behind it that would have to move up.
            foreach (var id in (await store.ActiveIdsAsync(each, whose)).Take(tries))
            {
                cancellationToken.ThrowIfCancellationRequested();
                tries--;
                canceled += await store.CancelAsync(id, state) ? 1 : 0;
            }
        }

        var left = tries > 0 ? 0 : (await Task.WhenAll(states.Select(each => store.ActiveIdsAsync(each, whose)))).Sum(ids => ids.Count);
        return Results.Ok(new CancelAnswer(canceled, left));
    }

    private static async Task<IResult> Move(string id, MoveRequest move, HttpRequest request, ClaimsPrincipal user, JobStore store)
    {
        if (await store.FindAsync(id) is not { } job || !(user.MaySee(job) || user.MayChange(job.Owner)))
            return Problems.NoSuchJob();
        if (!user.MayChange(job.Owner) || (move.Shared is not null && !user.MayShare(job.Owner)))
            return Problems.Forbidden();
        if (!EntityTags.Holds(request, job.Sequence))
            return Problems.PreconditionFailed();
        if (Refuse(move.Priority ?? 0, move.Front, user) is { } refused)
            return refused;
        // Nothing is asked for: even a move to its own priority would put the job behind its owner's others.
        var moves = move.Priority is not null || move.Front;
        if (moves ? !await store.PrioritizeAsync(id, move.Priority, move.Front) : move.Shared is null && job.State != JobState.Queued)
            return Problems.NotQueued();
        if (move.Shared is { } shared && !await store.ShareAsync(id, shared))
            return Problems.NoSuchJob();
        // Who may operate need not see.
        return await FindAsync(id, user, store) is { } moved ? Results.Ok(await DocumentAsync(moved, store)) : Results.NoContent();
    }

    private static async Task<IResult> AnswerAsync(Submission submission, JobStore store)
    {
        if (submission.Outcome == SubmissionOutcome.Conflict)
            return Problems.KeyReused();
        if (submission.Outcome == SubmissionOutcome.TooMany)
            return Problems.TooManyQueued();
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

    private static bool TryTime(string? text, out DateTimeOffset? time)
    {
        time = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var read) ? read : null;
        return string.IsNullOrEmpty(text) || time is not null;
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    /// <summary>A job; null if there is none, or it is somebody else's: so ids tell nothing.</summary>
    internal static async Task<Job?> FindAsync(string id, ClaimsPrincipal user, JobStore store) =>
        await store.FindAsync(id) is { } job && user.MaySee(job) ? job : null;
}

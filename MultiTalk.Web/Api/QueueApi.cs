using System.Security.Claims;
using MultiTalk.Web.Access;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Api;

/// <summary>The queue as the API shows it.</summary>
/// <param name="Jobs">How many jobs there are in each state.</param>
/// <param name="Pause">Who paused it; null if jobs are handed out.</param>
/// <param name="Items">The first jobs of each engine, in the order in which a runner that can do everything gets them.</param>
public sealed record QueueDocument(IReadOnlyDictionary<JobState, long> Jobs, QueuePause? Pause, IReadOnlyList<QueueItem> Items);

/// <summary>A job that waits. Of one that the caller may not see, nothing else is told than that it is there.</summary>
/// <param name="State">Always queued.</param>
/// <param name="Engine">What runs it.</param>
/// <param name="Position">Which one of its engine it is, from 1.</param>
/// <param name="CreatedAt">When it was accepted.</param>
/// <param name="Id">The job's id; null if it is somebody else's.</param>
/// <param name="Owner">Who submitted it; null if it is somebody else's.</param>
public sealed record QueueItem(JobState State, string Engine, long Position, DateTimeOffset CreatedAt, string? Id = null, string? Owner = null);

/// <summary>Why the queue is paused.</summary>
/// <param name="Reason">In words that everybody sees.</param>
public sealed record PauseRequest(string? Reason = null);

/// <summary>The queue over REST, for operators.</summary>
public static class QueueApi
{
    /// <summary>Where the API lives.</summary>
    public const string Root = "/api/v1/queue";

    private const int MaxReason = 500;
    private const int MaxItems = 100;

    /// <summary>Maps the endpoints.</summary>
    public static IEndpointRouteBuilder MapQueueApi(this IEndpointRouteBuilder app)
    {
        var queue = app.MapGroup(Root).WithTags("Queue").LimitMessages();
        queue.MapGet("", Get).RequireAuthorization(Policies.Read).WithName("GetQueue").WithSummary("Gets the queue.").WithDescription("How many jobs there are in each state, whether jobs are handed out, and the first that wait; of others' jobs, only that they wait.").Produces<QueueDocument>();
        queue.MapPost("pause", Pause).RequireAuthorization(Policies.Operate).WithName("PauseQueue").WithSummary("Pauses the queue.").WithDescription("No job is handed out until it is resumed; what runs goes on.")
            .WithExample("""{"reason": "Another driver is installed"}""").Produces<QueueDocument>().WithProblems("reason_too_long");
        queue.MapPost("resume", Resume).RequireAuthorization(Policies.Operate).WithName("ResumeQueue").WithSummary("Resumes the queue.").WithDescription("Jobs are handed out again.").Produces<QueueDocument>();
        return app;
    }

    private static async Task<IResult> Get(ClaimsPrincipal user, JobStore store) => Results.Ok(await DocumentAsync(user, store));

    private static async Task<IResult> Pause(PauseRequest? pause, ClaimsPrincipal user, JobStore store)
    {
        if (pause?.Reason is { Length: > MaxReason })
            return Problems.ReasonTooLong(MaxReason);
        await store.PauseAsync(user.Owner(), pause?.Reason);
        return Results.Ok(await DocumentAsync(user, store));
    }

    private static async Task<IResult> Resume(ClaimsPrincipal user, JobStore store)
    {
        await store.ResumeAsync();
        return Results.Ok(await DocumentAsync(user, store));
    }

    private static async Task<QueueDocument> DocumentAsync(ClaimsPrincipal user, JobStore store) => new(
        await store.CountsAsync(), await store.PauseAsync(),
        [.. (await store.QueueAsync(MaxItems)).Select(job => user.MaySee(job.Owner, job.Shared)
            ? new QueueItem(JobState.Queued, job.Engine, job.Position, job.CreatedAt, job.Id, job.Owner)
            : new QueueItem(JobState.Queued, job.Engine, job.Position, job.CreatedAt))]);
}

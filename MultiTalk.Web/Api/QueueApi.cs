using System.Security.Claims;
using MultiTalk.Web.Access;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Api;

/// <summary>The queue as the API shows it.</summary>
/// <param name="Jobs">How many jobs there are in each state.</param>
/// <param name="Pause">Who paused it; null if jobs are handed out.</param>
public sealed record QueueDocument(IReadOnlyDictionary<JobState, long> Jobs, QueuePause? Pause);

/// <summary>Why the queue is paused.</summary>
/// <param name="Reason">In words that everybody sees.</param>
public sealed record PauseRequest(string? Reason = null);

/// <summary>The queue over REST, for operators.</summary>
public static class QueueApi
{
    /// <summary>Where the API lives.</summary>
    public const string Root = "/api/v1/queue";

    private const int MaxReason = 500;

    /// <summary>Maps the endpoints.</summary>
    public static IEndpointRouteBuilder MapQueueApi(this IEndpointRouteBuilder app)
    {
        var queue = app.MapGroup(Root).WithTags("Queue").LimitMessages();
        queue.MapGet("", Get).RequireAuthorization(Policies.Read).WithName("GetQueue");
        queue.MapPost("pause", Pause).RequireAuthorization(Policies.Operate).WithName("PauseQueue");
        queue.MapPost("resume", Resume).RequireAuthorization(Policies.Operate).WithName("ResumeQueue");
        return app;
    }

    private static async Task<IResult> Get(JobStore store) => Results.Ok(await DocumentAsync(store));

    private static async Task<IResult> Pause(PauseRequest? pause, ClaimsPrincipal user, JobStore store)
    {
        if (pause?.Reason is { Length: > MaxReason })
            return Problems.ReasonTooLong(MaxReason);
        await store.PauseAsync(user.Owner(), pause?.Reason);
        return Results.Ok(await DocumentAsync(store));
    }

    private static async Task<IResult> Resume(JobStore store)
    {
        await store.ResumeAsync();
        return Results.Ok(await DocumentAsync(store));
    }

    private static async Task<QueueDocument> DocumentAsync(JobStore store) => new(await store.CountsAsync(), await store.PauseAsync());
}

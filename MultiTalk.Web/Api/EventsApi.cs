using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using MultiTalk.Web.Access;

namespace MultiTalk.Web.Api;

/// <summary>What happens to jobs, queue and runners over REST.</summary>
public static class EventsApi
{
    /// <summary>Where the API lives.</summary>
    public const string Root = "/api/v1/events";

    /// <summary>Maps the endpoint.</summary>
    public static IEndpointRouteBuilder MapEventsApi(this IEndpointRouteBuilder app)
    {
        app.MapGet(Root, Follow).RequireAuthorization(Policies.Read).WithTags("Events").WithName("FollowAll").WithSummary("Follows all of one's jobs, the queue and the runners.")
            .WithDescription("Server-sent events without an end: first a snapshot of what waits and runs, then a change a job at most four times a second (job), and that the queue was paused or goes on (queue), or that runners came or went (runners). Who falls behind gets another snapshot. With read-all, everybody's jobs, or those of owner.")
            .WithHeader("Last-Event-ID", "The last event that was seen; the snapshot then also has what ended since.")
            .Produces<string>(StatusCodes.Status200OK, "text/event-stream").DisableRequestTimeout();
        return app;
    }

    private static IResult Follow(ClaimsPrincipal user, EventFeed feed, OpenStream open, IHostApplicationLifetime lifetime, HttpContext context, string? owner = null)
    {
        if (!string.IsNullOrEmpty(owner) && owner != user.Owner() && !user.Has(Scopes.ReadAll))
            return Problems.Forbidden();
        var items = feed.FollowAsync(user.OwnerListed(string.IsNullOrEmpty(owner) ? null : owner), Since(context.Request), CancellationToken.None);
        return TypedResults.ServerSentEvents(UntilAsync(items, open, context, lifetime.ApplicationStopping, context.RequestAborted));
    }

    // An id that is none of ours is as good as none.
    private static DateTimeOffset? Since(HttpRequest request) =>
        long.TryParse(request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
        && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;

    // A stream that the client or the end of the program ends is no error.
    private static async IAsyncEnumerable<SseItem<string>> UntilAsync(
        IAsyncEnumerable<SseItem<string>> items, OpenStream open, HttpContext context, CancellationToken stopping, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var ending = open.Begin(context, stopping, cancellationToken);
        // It is connected, even if the store is away.
        await context.Response.Body.FlushAsync(ending.Token);
        await using var left = items.GetAsyncEnumerator(ending.Token);
        while (await NextAsync(left, ending.Token))
            yield return left.Current;
    }

    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<SseItem<string>> items, CancellationToken ending)
    {
        try
        {
            return await items.MoveNextAsync();
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return false;
        }
    }
}

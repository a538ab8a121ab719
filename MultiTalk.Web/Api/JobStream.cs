using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using MultiTalk.Web.Access;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Api;

/// <summary>
/// A job as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): how it stands first, then what
/// changes. A client that comes back with <c>Last-Event-ID</c> gets what it missed.
/// </summary>
internal static class JobStream
{
    private const string Snapshot = "snapshot";

    /// <summary>Follows a job until it has ended.</summary>
    public static async Task<IResult> FollowAsync(
        string id, ClaimsPrincipal user, JobStore store, JobWatcher watcher, LiveFleet fleet, IOptions<JsonOptions> json, OpenStream open, IHostApplicationLifetime lifetime,
        HttpContext context)
    {
        if (await store.FindAsync(id) is not { } job || !user.MaySee(job))
            return Problems.NoSuchJob();

        // Who sees it only because it is shared sees nothing more once it is not.
        var guest = !user.MaySeeUnshared(job.Owner);

        var after = long.TryParse(context.Request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? last : (long?)null;
        // The client knows the end already; without this answer a browser would ask again and again.
        if (job.Ended && after == job.Sequence)
            return Results.NoContent();
        return TypedResults.ServerSentEvents(ItemsAsync(id, after, guest, watcher, fleet, json.Value.SerializerOptions, open, context, lifetime.ApplicationStopping, context.RequestAborted));
    }

    private static async IAsyncEnumerable<SseItem<string>> ItemsAsync(
        string id, long? after, bool guest, JobWatcher watcher, LiveFleet fleet, JsonSerializerOptions json, OpenStream open, HttpContext context, CancellationToken stopping,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var ending = open.Begin(context, stopping, cancellationToken);
        // A client that has missed nothing may wait long for the next event; it sees at once that it is connected.
        await context.Response.Body.FlushAsync(ending.Token);
        await foreach (var news in watcher.NewsAsync(id, after, ending.Token))
        {
            if (guest && (news.Snapshot is { Shared: false } || news.Event?.Kind == JobEvent.Unshared))
                yield break;
            yield return news.Snapshot is { } job
                ? Item(job.Sequence, Snapshot, JsonSerializer.Serialize(JobDocument.Of(job, await watcher.OnceThereAsync(fleet.GetAsync, ending.Token)), json))
                : Item(news.Event!.Sequence, news.Event.Kind, JobChange.Json(news.Event, json));
        }
    }

    private static SseItem<string> Item(long sequence, string kind, string data) =>
        new(data, kind) { EventId = sequence.ToString(CultureInfo.InvariantCulture) };
}

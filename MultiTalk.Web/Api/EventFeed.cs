using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Api;

/// <summary>How the jobs that somebody sees stand.</summary>
/// <param name="At">When, by Redis' clock: every later change follows.</param>
/// <param name="Jobs">Those that wait or run, newest first; and for a client that comes back, those that ended since, the last first.</param>
/// <param name="Complete">Whether these are all; otherwise look at the list of jobs.</param>
/// <param name="Pause">Who paused the queue; null if jobs are handed out.</param>
public sealed record FeedSnapshot(DateTimeOffset At, IReadOnlyList<JobDocument> Jobs, bool Complete, QueuePause? Pause);

/// <summary>That the queue was paused or goes on.</summary>
/// <param name="At">When.</param>
/// <param name="Pause">Who paused it; null if jobs are handed out.</param>
public sealed record QueueChange(DateTimeOffset At, QueuePause? Pause);

/// <summary>That runners came, went or are drained; look at the list of runners.</summary>
/// <param name="At">When.</param>
public sealed record RunnersChange(DateTimeOffset At);

/// <summary>
/// All jobs that somebody sees, the queue and the runners as server-sent events: how they stand first, then what changes. An event's
/// id is its time, so a client that comes back with <c>Last-Event-ID</c> also learns what ended meanwhile.
/// </summary>
internal sealed class EventFeed(
    JobStore store, JobEvents events, JobWatcher watcher, LiveFleet fleet, IOptions<JsonOptions> json, TimeProvider time)
{
    // At most four changes of a job a second; what happens in between is one change.
    private static readonly TimeSpan _leastInterval = TimeSpan.FromMilliseconds(250);

    // Often enough for every proxy on the way to see that the connection is in use.
    private static readonly TimeSpan _alive = TimeSpan.FromSeconds(30);

    private const int MostActive = 200;
    private const int MostEnded = 200;

    /// <summary>Follows them until it is canceled.</summary>
    /// <param name="owner">Whose jobs; null for everybody's.</param>
    /// <param name="since">When the client knew them last; null if it never did.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    public async IAsyncEnumerable<SseItem<string>> FollowAsync(string? owner, DateTimeOffset? since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var watch = events.WatchAll(owner);
        var (snapshot, known) = await SnapshotAsync(owner, since, cancellationToken);
        yield return Item("snapshot", snapshot, since = snapshot.At);
        while (true)
        {
            if (!await watch.WaitAsync(_alive, cancellationToken))
            {
                yield return new("{}", "alive");
                continue;
            }

            // Whoever brings the events is not held up by those who write them.
            await Task.Yield();
            if (watch.Take() is { } happened)
            {
                foreach (var item in await ItemsAsync(happened, known, cancellationToken))
                    yield return item;
                since = happened.Max(entry => entry.At) is var last && last > since ? last : since;
            }
            else
            {
                (snapshot, known) = await SnapshotAsync(owner, since, cancellationToken);
                yield return Item("snapshot", snapshot, since = snapshot.At);
            }

            await Task.Delay(_leastInterval, time, cancellationToken);
        }
    }

    // One change a job, in the order of the last event of each. What a snapshot showed already is left out.
    private async Task<IReadOnlyList<SseItem<string>>> ItemsAsync(IReadOnlyList<JobEvent> happened, Dictionary<string, long> known, CancellationToken cancellationToken)
    {
        var items = new List<SseItem<string>>();
        foreach (var job in happened.Where(entry => entry.Job != JobEvent.Nobody && entry.Sequence > known.GetValueOrDefault(entry.Job)).GroupBy(entry => entry.Job).OrderBy(job => job.Last().At))
        {
            known.Remove(job.Key);
            items.Add(new(JobChange.Json([.. job], json.Value.SerializerOptions), "job") { EventId = Id(job.Last().At) });
        }

        // Announcements have no time of their own.
        var now = happened.Any(entry => entry.Job == JobEvent.Nobody) ? await watcher.OnceThereAsync(store.TimeAsync, cancellationToken) : default;
        if (happened.Any(entry => entry.Kind is JobEvent.Paused or JobEvent.Resumed))
            items.Add(Item("queue", new QueueChange(now, await watcher.OnceThereAsync(store.PauseAsync, cancellationToken))));
        if (happened.Any(entry => entry.Kind == JobEvent.Runners))
            items.Add(Item("runners", new RunnersChange(now)));
        return items;
    }

    // The numbers of the jobs' last events come with it.
    private Task<(FeedSnapshot, Dictionary<string, long>)> SnapshotAsync(string? owner, DateTimeOffset? since, CancellationToken cancellationToken) => watcher.OnceThereAsync(async () =>
    {
        var at = await store.TimeAsync();
        IReadOnlyList<string> active = [.. (await store.ActiveIdsAsync(JobState.Queued, owner)).Concat(await store.ActiveIdsAsync(JobState.Running, owner)).Distinct().OrderDescending(StringComparer.Ordinal)];
        var (ended, all) = since is { } last ? await store.EndedSinceAsync(owner, last, MostEnded) : ([], true);
        var live = await fleet.GetAsync();
        var jobs = (await Task.WhenAll(active.Take(MostActive).Concat(ended).Distinct().Select(store.FindAsync))).OfType<Job>().ToList();
        return (
            new FeedSnapshot(at, [.. jobs.Select(job => JobDocument.Of(job, live) with { Parity = null })], all && active.Count <= MostActive, await store.PauseAsync()),
            jobs.ToDictionary(job => job.Id, job => job.Sequence));
    }, cancellationToken);

    private SseItem<string> Item<T>(string kind, T data, DateTimeOffset? at = null) =>
        new(JsonSerializer.Serialize(data, json.Value.SerializerOptions), kind) { EventId = at is { } known ? Id(known) : null };

    private static string Id(DateTimeOffset at) => at.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
}

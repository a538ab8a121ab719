using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace MultiTalk.Web.Jobs;

/// <summary>News of a job: how it stands, or what happened to it since.</summary>
/// <param name="Snapshot">How it stands.</param>
/// <param name="Event">What happened.</param>
public sealed record JobNews(Job? Snapshot, JobEvent? Event)
{
    /// <summary>The number of the last thing that happened to the job.</summary>
    public long Sequence => Snapshot?.Sequence ?? Event!.Sequence;

    /// <summary>Whether nothing happens to the job after this.</summary>
    public bool IsLast => Snapshot?.Ended ?? Event!.IsLast;
}

/// <summary>Follows jobs as they change, for pages and event streams.</summary>
public sealed class JobWatcher(JobStore store, JobEvents events, TimeProvider time)
{
    // A person sees no more than this, and a thousand watchers cost no more either.
    private static readonly TimeSpan _leastInterval = TimeSpan.FromMilliseconds(250);

    // A message can be lost with a connection to Redis just before it is noticed; this is how long that may go unnoticed.
    private static readonly TimeSpan _safetyNet = TimeSpan.FromSeconds(30);

    // How often a stream asks whether a store that is away is back.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    private readonly KeyedLock _reading = new();
    private readonly ConcurrentDictionary<string, Lazy<Task<Job?>>> _nextReads = new();

    /// <summary>The job now and after every change, at most four times a second, until it has ended or is gone.</summary>
    public async IAsyncEnumerable<Job> FollowAsync(string id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var watch = events.Watch(id);
        while (await ReadAsync(id) is { } job)
        {
            yield return job;
            if (job.Ended || !await NextAsync(watch, cancellationToken))
                yield break;
            watch.Take();
        }
    }

    /// <summary>
    /// What happens to a job until it has ended or is gone, without a gap: what is no longer known of, or was missed, is made up
    /// for by how the job stands. While the store is away, nothing happens.
    /// </summary>
    /// <param name="id">The job's id.</param>
    /// <param name="after">The last event that is known already; null for none.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    public async IAsyncEnumerable<JobNews> NewsAsync(string id, long? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var watch = events.Watch(id);
        var last = after ?? 0;
        for (var news = await UnlessCanceledAsync(() => CatchUpAsync(id, after, cancellationToken), cancellationToken); news is not null;
            news = await UnlessCanceledAsync(() => NextNewsAsync(watch, id, last, cancellationToken), cancellationToken))
        {
            foreach (var item in news)
            {
                yield return item;
                if (item.IsLast)
                    yield break;
                last = item.Sequence;
            }
        }
    }

    /// <summary>A signal now and after every change of any job, at most four times a second.</summary>
    public async IAsyncEnumerable<bool> AnyAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var watch = events.Watch();
        do
        {
            watch.Take();
            yield return true;
        }
        while (await NextAsync(watch, cancellationToken));
    }

    /// <summary>
    /// Reads something once the store is there. A stream that has begun waits for it: what its client knows stays right, and a
    /// browser that comes back to an error does not come a second time.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    internal async Task<T> OnceThereAsync<T>(Func<Task<T>> read, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await read();
            }
            catch (Exception exception) when (RedisConnection.IsAway(exception))
            {
                await Task.Delay(_patience, time, cancellationToken);
            }
        }
    }

    // Null when the job is gone.
    private async Task<IReadOnlyList<JobNews>?> NextNewsAsync(EventWatch watch, string id, long last, CancellationToken cancellationToken)
    {
        while (true)
        {
            var stirred = await watch.WaitAsync(_safetyNet, cancellationToken);
            if (!stirred && await OnceThereAsync(() => store.SequenceAsync(id), cancellationToken) is > 0 and var sequence && sequence == last)
                continue;
            // Missed, and so too slow for every event: only the latest state counts.
            if (!stirred || watch.Take() is not { } happened)
                return await SnapshotAsync(id, cancellationToken);

            IReadOnlyList<JobEvent> ours = [.. happened.Where(entry => entry.Sequence > last)];
            // One may be lost on its way.
            if (ours.Count > 0)
            {
                return ours.Index().All(entry => entry.Item.Sequence == last + 1 + entry.Index)
                    ? [.. ours.Select(entry => new JobNews(null, entry))]
                    : await CatchUpAsync(id, last, cancellationToken);
            }
        }
    }

    private async Task<IReadOnlyList<JobNews>?> CatchUpAsync(string id, long? after, CancellationToken cancellationToken) =>
        after is { } last && await OnceThereAsync(() => store.EventsAsync(id, last), cancellationToken) is { } kept
            ? [.. kept.Select(entry => new JobNews(null, entry))]
            : await SnapshotAsync(id, cancellationToken);

    private async Task<IReadOnlyList<JobNews>?> SnapshotAsync(string id, CancellationToken cancellationToken) =>
        await OnceThereAsync(() => ReadAsync(id), cancellationToken) is { } job ? [new(job, null)] : null;

    // A canceled stream ends; it is not an error of the watcher.
    private static async Task<T?> UnlessCanceledAsync<T>(Func<Task<T?>> next, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await next();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<bool> NextAsync(EventWatch watch, CancellationToken cancellationToken)
    {
        await Task.WhenAny(watch.WaitAsync(_safetyNet, cancellationToken));
        await Task.Delay(_leastInterval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !cancellationToken.IsCancellationRequested;
    }

    // However many ask for a job at once, it is read once, and once more for those who asked while it was read: what they have
    // heard of may be newer than what that reading finds.
    private Task<Job?> ReadAsync(string id) => _nextReads.GetOrAdd(id, _ => new(() => ReadNextAsync(id))).Value;

    private async Task<Job?> ReadNextAsync(string id)
    {
        using var _ = await _reading.TakeAsync(id, CancellationToken.None);
        // Whoever comes from here on waits for the next reading.
        _nextReads.TryRemove(id, out var _);
        return await store.FindAsync(id);
    }
}

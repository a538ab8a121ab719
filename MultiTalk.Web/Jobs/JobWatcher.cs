using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace MultiTalk.Web.Jobs;

/// <summary>News of a job: how it stands, or what happened to it since.</summary>
/// <param name="Snapshot">How it stands.</param>
/// <param name="Event">What happened.</param>
public sealed record JobNews(Job? Snapshot, JobEvent? Event);

/// <summary>Follows jobs as they change, for pages and event streams.</summary>
public sealed class JobWatcher(JobStore store, JobEvents events, TimeProvider time)
{
    // A person sees no more than this, and a thousand watchers cost no more either.
    private static readonly TimeSpan _leastInterval = TimeSpan.FromMilliseconds(250);

    // A message can be lost with a connection to Redis just before it is noticed; this is how long that may go unnoticed.
    private static readonly TimeSpan _safetyNet = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Lazy<Task<Job?>>> _reads = new();

    /// <summary>The job now and after every change, at most four times a second, until it has ended or is gone.</summary>
    public async IAsyncEnumerable<Job> FollowAsync(string id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var watch = events.Watch(id);
        for (var wanted = 0L; await ReadAsync(id, wanted) is { } job;)
        {
            yield return job;
            if (job.Ended || !await NextAsync(watch, cancellationToken))
                yield break;
            wanted = watch.Take() is [.., var latest] ? latest.Sequence : 0;
        }
    }

    /// <summary>
    /// What happens to a job until it has ended or is gone, without a gap: what is no longer known of, or was missed, is made up
    /// for by how the job stands.
    /// </summary>
    /// <param name="id">The job's id.</param>
    /// <param name="after">The last event that is known already; null for none.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    public async IAsyncEnumerable<JobNews> NewsAsync(string id, long? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var watch = events.Watch(id);
        var news = await CatchUpAsync(id, after);
        for (var last = after ?? 0; ;)
        {
            foreach (var item in news)
            {
                yield return item;
                if (item.Snapshot?.Ended ?? item.Event!.IsLast)
                    yield break;
                last = item.Snapshot?.Sequence ?? item.Event!.Sequence;
            }

            if (await NextNewsAsync(watch, id, last, cancellationToken) is not { } next)
                yield break;
            news = next;
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

    // Null when the stream ends: it was canceled, or the job is gone.
    private async Task<IReadOnlyList<JobNews>?> NextNewsAsync(EventWatch watch, string id, long last, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var stirred = await watch.WaitAsync(_safetyNet, cancellationToken);
                if (!stirred && await store.SequenceAsync(id) == last)
                    continue;
                var happened = stirred ? watch.Take() : null;
                // Missed, and so too slow for every event: only the latest state counts.
                if (happened is null)
                    return await ReadAsync(id, 0) is { } job ? [new(job, null)] : null;

                IReadOnlyList<JobEvent> ours = [.. happened.Where(entry => entry.Sequence > last)];
                if (ours.Count > 0)
                    return ours[0].Sequence == last + 1 ? [.. ours.Select(entry => new JobNews(null, entry))] : await CatchUpAsync(id, last);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<JobNews>> CatchUpAsync(string id, long? after)
    {
        if (after is { } last && await store.EventsAsync(id, last) is { } kept)
            return [.. kept.Select(entry => new JobNews(null, entry))];
        return await ReadAsync(id, 0) is { } job ? [new(job, null)] : [];
    }

    // A canceled watch ends; it is not an error of the watcher.
    private async Task<bool> NextAsync(EventWatch watch, CancellationToken cancellationToken)
    {
        await Task.WhenAny(watch.WaitAsync(_safetyNet, cancellationToken));
        await Task.Delay(_leastInterval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !cancellationToken.IsCancellationRequested;
    }

    // However many ask for a job at once, it is read once; and once more if that was before what they have heard of.
    private async Task<Job?> ReadAsync(string id, long wanted)
    {
        var read = _reads.GetOrAdd(id, _ => new(() => store.FindAsync(id)));
        try
        {
            var job = await read.Value;
            if (job is null || job.Sequence >= wanted)
                return job;
        }
        finally
        {
            _reads.TryRemove(new(id, read));
        }

        return await store.FindAsync(id);
    }
}

using System.Runtime.CompilerServices;

namespace MultiTalk.Web.Jobs;

/// <summary>Follows jobs as they change, for pages and event streams.</summary>
public sealed class JobWatcher(JobStore store, Signals signals, TimeProvider time)
{
    // A person sees no more than this, and a thousand watchers cost no more either.
    private static readonly TimeSpan _leastInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>The job now and after every change, at most four times a second, until it has ended or is gone.</summary>
    public async IAsyncEnumerable<Job> FollowAsync(string id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var changes = signals.Of(Keys.Changed, id);
        while (await store.FindAsync(id) is { } job)
        {
            yield return job;
            if (job.Ended || !await NextAsync(changes, cancellationToken))
                yield break;
        }
    }

    /// <summary>A signal now and after every change of any job, at most four times a second.</summary>
    public async IAsyncEnumerable<bool> AnyAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var changes = signals.Of(Keys.Changed);
        do
            yield return true;
        while (await NextAsync(changes, cancellationToken));
    }

    // A canceled watch ends; it is not an error of the watcher.
    private async Task<bool> NextAsync(Signals.Watch changes, CancellationToken cancellationToken)
    {
        if (!await changes.NextAsync(cancellationToken))
            return false;
        await Task.Delay(_leastInterval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !cancellationToken.IsCancellationRequested;
    }
}

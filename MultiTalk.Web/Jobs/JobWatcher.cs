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
            if (job.Ended)
                yield break;
            await NextAsync(changes, cancellationToken);
        }
    }

    /// <summary>A signal now and after every change of any job, at most four times a second.</summary>
    public async IAsyncEnumerable<bool> AnyAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var changes = signals.Of(Keys.Changed);
        while (true)
        {
            yield return true;
            await NextAsync(changes, cancellationToken);
        }
    }

    private async Task NextAsync(Signals.Watch changes, CancellationToken cancellationToken)
    {
        await changes.NextAsync(cancellationToken);
        await Task.Delay(_leastInterval, time, cancellationToken);
    }
}

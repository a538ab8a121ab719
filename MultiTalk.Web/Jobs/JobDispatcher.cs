using System.Diagnostics;

namespace MultiTalk.Web.Jobs;

/// <summary>Waits for work on behalf of runners.</summary>
public sealed class JobDispatcher
{
    // Messages can be lost with a connection to Redis; this is how long a job may then lie unnoticed.
    private static readonly TimeSpan _safetyNet = TimeSpan.FromSeconds(5);

    private readonly JobStore _store;
    private readonly JobEvents _events;

    /// <summary>A runner that waits here has its claim sent right behind the job; those elsewhere hear of the job from Redis.</summary>
    public JobDispatcher(JobStore store, JobEvents events)
    {
        (_store, _events) = (store, events);
        store.Submitting += events.Tell;
    }

    /// <summary>The next job for a runner, claimed for it, as soon as there is one.</summary>
    /// <param name="runner">The runner.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null if it was canceled before.</returns>
    public async Task<ClaimedJob?> NextAsync(Runner runner, CancellationToken cancellationToken)
    {
        using var watch = _events.Watch();
        try
        {
            while (true)
            {
                if (await _store.ClaimAsync(runner, cancellationToken) is { } job || (job = await OfferedAsync(runner, watch, cancellationToken)) is not null)
                    return job;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    // Waits for a job that is queued while nothing else is: it need not be looked for. Null if it is time to look at the whole queue.
    private async Task<ClaimedJob?> OfferedAsync(Runner runner, EventWatch watch, CancellationToken cancellationToken)
    {
        var until = Stopwatch.GetTimestamp() + (long)(_safetyNet.TotalSeconds * Stopwatch.Frequency);
        while (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), until) is { Ticks: > 0 } left
            && await watch.WaitAsync(left, cancellationToken) && watch.Take() is { } happened && happened.All(entry => entry.Kind != JobEvent.Resumed))
        {
            if (happened.FirstOrDefault(entry => entry.Kind == JobEvent.Queued && JobClass.TryNamed(entry.Class)?.Suits(runner) == true) is { } queued)
                return await _store.ClaimAsync(runner, queued);
        }

        return null;
    }
}

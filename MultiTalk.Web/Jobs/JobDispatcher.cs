namespace MultiTalk.Web.Jobs;

/// <summary>Waits for work on behalf of runners.</summary>
public sealed class JobDispatcher(JobStore store, JobEvents events)
{
    // Messages can be lost with a connection to Redis; this is how long a job may then lie unnoticed.
    private static readonly TimeSpan _safetyNet = TimeSpan.FromSeconds(5);

    /// <summary>The next job for a runner, claimed for it, as soon as there is one.</summary>
    /// <param name="runner">The runner.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null if it was canceled before.</returns>
    public async Task<Job?> NextAsync(Runner runner, CancellationToken cancellationToken)
    {
        using var watch = events.Watch();
        try
        {
            while (true)
            {
                if (await store.ClaimAsync(runner, cancellationToken) is { } job)
                    return job;
                while (await watch.WaitAsync(_safetyNet, cancellationToken) && watch.Take() is { } happened && !happened.Any(entry => Concerns(entry, runner)))
                {
                    // Something else.
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private static bool Concerns(JobEvent happened, Runner runner) => happened.Kind switch
    {
        JobEvent.Queued => JobClass.Named(happened.Class).Suits(runner),
        JobEvent.Resumed => true,
        _ => false,
    };
}

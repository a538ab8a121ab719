namespace MultiTalk.Web.Jobs;

/// <summary>The statistics, read once for all who ask: autoscalers ask often.</summary>
public sealed class LiveStats(JobStore store, TimeProvider time)
{
    /// <summary>How old an answer may be.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<StatsWindow, (Task<JobStats> Read, long At)> _reads = [];

    /// <summary>The statistics of a time.</summary>
    public Task<JobStats> GetAsync(StatsWindow window)
    {
        lock (_gate)
        {
            if (!_reads.TryGetValue(window, out var known) || known.Read.IsFaulted || time.GetElapsedTime(known.At) >= Age)
                _reads[window] = known = (store.StatsAsync(window), time.GetTimestamp());
            return known.Read;
        }
    }
}

namespace MultiTalk.Web.Jobs;

/// <summary>The statistics, read once for all who ask: autoscalers ask often.</summary>
public sealed class LiveStats(JobStore store, TimeProvider time)
{
    /// <summary>How old an answer may be.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromSeconds(5);

    private readonly Dictionary<StatsWindow, Recent<JobStats>> _stats =
        Enum.GetValues<StatsWindow>().ToDictionary(window => window, window => new Recent<JobStats>(() => store.StatsAsync(window), Age, time));

    /// <summary>The statistics of a time.</summary>
    public Task<JobStats> GetAsync(StatsWindow window) => _stats[window].GetAsync();
}

using MultiTalk.GpuRunner.Generation;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Components;

/// <summary>The engines with a live runner, read once for all open pages.</summary>
public sealed class LiveEngines(JobStore store, TimeProvider time)
{
    /// <summary>How old an answer may be, and how often a page asks.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private Task<IReadOnlySet<string>>? _read;
    private long _readAt;

    /// <summary>The engines with a live runner.</summary>
    public Task<IReadOnlySet<string>> GetAsync()
    {
        lock (_gate)
        {
            if (_read is null || _read.IsFaulted || time.GetElapsedTime(_readAt) >= Age)
                (_read, _readAt) = (store.LiveEnginesAsync(), time.GetTimestamp());
            return _read;
        }
    }

    /// <summary>The engines with a live runner, best first.</summary>
    public async Task<IReadOnlyList<string>> BestFirstAsync()
    {
        var live = await GetAsync();
        return [.. Engine.All.Where(live.Contains)];
    }
}

using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Web.Jobs;

/// <summary>The runners that are alive, read once for all who look.</summary>
public sealed class LiveFleet(JobStore store, TimeProvider time)
{
    /// <summary>How old an answer may be, and how often a page asks.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private Task<Fleet>? _read;
    private long _readAt;

    /// <summary>The runners that are alive.</summary>
    public Task<Fleet> GetAsync()
    {
        lock (_gate)
        {
            if (_read is null || _read.IsFaulted || time.GetElapsedTime(_readAt) >= Age)
                (_read, _readAt) = (store.FleetAsync(), time.GetTimestamp());
            return _read;
        }
    }

    /// <summary>The engines that a runner is ready to run, best first.</summary>
    public async Task<IReadOnlyList<string>> EnginesAsync()
    {
        var ready = (await GetAsync()).Engines;
        return [.. Engine.All.Where(ready.Contains)];
    }
}

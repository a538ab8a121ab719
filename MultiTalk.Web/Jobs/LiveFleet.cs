using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Web.Jobs;

/// <summary>The runners that are alive, read once for all who look.</summary>
public sealed class LiveFleet(JobStore store, TimeProvider time)
{
    /// <summary>How old an answer may be, and how often a page asks.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromSeconds(5);

    private readonly Recent<Fleet> _fleet = new(store.FleetAsync, Age, time);

    /// <summary>The runners that are alive.</summary>
    public Task<Fleet> GetAsync() => _fleet.GetAsync();

    /// <summary>The engines that a runner is ready to run, best first.</summary>
    public async Task<IReadOnlyList<string>> EnginesAsync()
    {
        var ready = (await GetAsync()).Engines;
        return [.. Engine.All.Where(ready.Contains)];
    }
}

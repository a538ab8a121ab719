using System.Globalization;
using MultiTalk.GpuRunner.Contracts;
using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

public sealed partial class JobStore
{
    /// <summary>
    /// A runner introduces itself. It works on nothing now, so what it held before it restarted is lost and goes back
    /// to the queue at once, without waiting for the lease to end.
    /// </summary>
    public async Task RegisterAsync(RegisterRequest runner)
    {
        await Script.Seen.RunAsync(redis.Database, [Keys.Runner(runner.RunnerId), Keys.Runners],
            runner.RunnerId, "name", runner.Name, "engine", runner.Engine, "version", runner.Version);

        foreach (var id in await redis.Database.SortedSetRangeByRankAsync(Keys.Leases))
            await LoseAsync((string)id!, heldBy: runner.RunnerId);
    }

    /// <summary>Notes that a runner is alive and returns its engine; null if it never registered.</summary>
    public async Task<string?> SeenAsync(string runner)
    {
        var known = await Script.Seen.RunAsync(redis.Database, [Keys.Runner(runner), Keys.Runners], runner);
        return known == 1 ? await redis.Database.HashGetAsync(Keys.Runner(runner), "engine") : (string?)null;
    }

    /// <summary>The engines that have a live runner.</summary>
    public async Task<IReadOnlySet<string>> LiveEnginesAsync()
    {
        var now = await NowAsync();
        var alive = await redis.Database.SortedSetRangeByScoreAsync(Keys.Runners, now - Milliseconds(options.Value.OfflineAfter));
        var engines = await Task.WhenAll(alive.Select(id => redis.Database.HashGetAsync(Keys.Runner((string)id!), "engine")));
        return engines.Select(engine => (string)engine!).ToHashSet();
    }

    // Redis' own clock: the hosts' clocks need not agree.
    private async Task<long> NowAsync()
    {
        var time = (RedisResult[])(await redis.Database.ExecuteAsync("TIME"))!;
        return (long.Parse((string)time[0]!, CultureInfo.InvariantCulture) * 1000) + (long.Parse((string)time[1]!, CultureInfo.InvariantCulture) / 1000);
    }
}

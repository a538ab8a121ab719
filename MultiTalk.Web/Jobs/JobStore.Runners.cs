using System.Globalization;
using System.Text.Json;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
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
            runner.RunnerId, 1, "name", runner.Name, "engine", runner.Engine, "version", runner.Version,
            "abilities", JsonSerializer.Serialize(runner.Abilities, ContractsJson.Default.RunnerAbilities),
            "parity", JsonSerializer.Serialize(runner.Parity, ContractsJson.Default.IReadOnlyListParityCheck));

        foreach (var id in await redis.Database.SortedSetRangeByRankAsync(Keys.Leases))
            await LoseAsync((string)id!, heldBy: runner.RunnerId);
    }

    /// <summary>Notes that a runner is alive and how fast it was, and returns it; null if it never registered.</summary>
    public async Task<Runner?> SeenAsync(string runner, IReadOnlyList<Measurement> measurements)
    {
        var known = await Script.Seen.RunAsync(redis.Database, [Keys.Runner(runner), Keys.Runners],
            runner, 0, "measurements", JsonSerializer.Serialize(measurements, ContractsJson.Default.IReadOnlyListMeasurement));
        return known == 1 ? Read(runner, await redis.Database.HashGetAllAsync(Keys.Runner(runner)), await NowAsync(), live: true) : null;
    }

    /// <summary>Every runner that ever registered, the one that was seen last first.</summary>
    public async Task<IReadOnlyList<Runner>> RunnersAsync()
    {
        var offline = await NowAsync() - Milliseconds(options.Value.OfflineAfter);
        var seen = await redis.Database.SortedSetRangeByRankWithScoresAsync(Keys.Runners, order: Order.Descending);
        var runners = await Task.WhenAll(seen.Select(async entry =>
            Read((string)entry.Element!, await redis.Database.HashGetAllAsync(Keys.Runner((string)entry.Element!)), (long)entry.Score, entry.Score >= offline)));
        return [.. runners.OfType<Runner>()];
    }

    /// <summary>The runners that are alive.</summary>
    public async Task<Fleet> FleetAsync() => new([.. (await RunnersAsync()).Where(runner => runner.Live)]);

    private static Runner? Read(string id, HashEntry[] entries, long seen, bool live)
    {
        if (entries.Length == 0)
            return null;
        var fields = entries.ToDictionary(entry => (string)entry.Name!, entry => (string)entry.Value!);
        // One that registered with an earlier version registers again, and is offered nothing until then.
        var abilities = fields.GetValueOrDefault("abilities") is { } json ? JsonSerializer.Deserialize(json, ContractsJson.Default.RunnerAbilities)! : new() { Blockers = ["The runner is older than the Web. Update it."] };
        if (fields.GetValueOrDefault("measurements") is { } measured)
            abilities = abilities with { Measurements = JsonSerializer.Deserialize(measured, ContractsJson.Default.IReadOnlyListMeasurement)! };
        var parity = fields.GetValueOrDefault("parity") is { } report ? JsonSerializer.Deserialize(report, ContractsJson.Default.IReadOnlyListParityCheck)! : [];
        return new(id, fields["name"], fields["engine"], fields["version"], abilities, parity, DateTimeOffset.FromUnixTimeMilliseconds(seen), live);
    }

    // Redis' own clock: the hosts' clocks need not agree.
    private async Task<long> NowAsync()
    {
        var time = (RedisResult[])(await redis.Database.ExecuteAsync("TIME"))!;
        return (long.Parse((string)time[0]!, CultureInfo.InvariantCulture) * 1000) + (long.Parse((string)time[1]!, CultureInfo.InvariantCulture) / 1000);
    }
}

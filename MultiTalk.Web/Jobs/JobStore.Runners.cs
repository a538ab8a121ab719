using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
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
            "abilities", JsonSerializer.Serialize(runner.Report.Abilities, ContractsJson.Default.RunnerAbilities),
            "parity", JsonSerializer.Serialize(runner.Report.Parity, ContractsJson.Default.IReadOnlyListParityCheck),
            "probes", JsonSerializer.Serialize(runner.Report.Probes, ContractsJson.Default.IReadOnlyListProbe));

        foreach (var id in await redis.Database.SortedSetRangeByRankAsync(Keys.Leases))
            await LoseAsync((string)id!, heldBy: runner.RunnerId);
    }

    /// <summary>Notes that a runner is alive and how fast it was, and returns it; null if it never registered.</summary>
    public async Task<Runner?> SeenAsync(string runner, IReadOnlyList<Measurement> measurements)
    {
        var known = await Script.Seen.RunAsync(redis.Database, [Keys.Runner(runner), Keys.Runners],
            runner, 0, "measurements", JsonSerializer.Serialize(measurements, ContractsJson.Default.IReadOnlyListMeasurement));
        return known == 1 ? await ReadAsync(runner, await NowAsync(), live: true) : null;
    }

    /// <summary>Every runner that ever registered, the one that was seen last first.</summary>
    public async Task<IReadOnlyList<Runner>> RunnersAsync()
    {
        var offline = await NowAsync() - Milliseconds(options.Value.OfflineAfter);
        var seen = await redis.Database.SortedSetRangeByRankWithScoresAsync(Keys.Runners, order: Order.Descending);
        var runners = await Task.WhenAll(seen.Select(entry => ReadAsync((string)entry.Element!, (long)entry.Score, entry.Score >= offline)));
        return [.. runners.OfType<Runner>()];
    }

    /// <summary>The runners that are alive.</summary>
    public async Task<Fleet> FleetAsync() => new([.. (await RunnersAsync()).Where(runner => runner.Live)]);

    /// <summary>What a runner's doctor found; null if there is no such runner.</summary>
    public async Task<DoctorReport?> ReportAsync(string runner)
    {
        var fields = await redis.Database.HashGetAsync(Keys.Runner(runner), ["abilities", "parity", "probes"]);
        return fields.Any(field => field.IsNull)
            ? null
            : new(Read(fields[1], ContractsJson.Default.IReadOnlyListParityCheck), Read(fields[2], ContractsJson.Default.IReadOnlyListProbe), Read(fields[0], ContractsJson.Default.RunnerAbilities));
    }

    private async Task<Runner?> ReadAsync(string id, long seen, bool live)
    {
        var fields = await redis.Database.HashGetAsync(Keys.Runner(id), ["name", "engine", "version", "abilities", "measurements"]);
        // One that registered with an earlier Web has told less; it is as good as unknown until it registers again.
        if (fields[..4].Any(field => field.IsNull))
            return null;
        var abilities = Read(fields[3], ContractsJson.Default.RunnerAbilities);
        if (!fields[4].IsNull)
            abilities = abilities with { Measurements = Read(fields[4], ContractsJson.Default.IReadOnlyListMeasurement) };
        return new(id, (string)fields[0]!, (string)fields[1]!, (string)fields[2]!, abilities, DateTimeOffset.FromUnixTimeMilliseconds(seen), live);
    }

    private static T Read<T>(RedisValue json, JsonTypeInfo<T> type) => JsonSerializer.Deserialize((string)json!, type)!;

    // Redis' own clock: the hosts' clocks need not agree.
    private async Task<long> NowAsync()
    {
        var time = (RedisResult[])(await redis.Database.ExecuteAsync("TIME"))!;
        return (long.Parse((string)time[0]!, CultureInfo.InvariantCulture) * 1000) + (long.Parse((string)time[1]!, CultureInfo.InvariantCulture) / 1000);
    }
}

using System.Text.Json;
using MultiTalk.GpuRunner.Contracts;
using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

public sealed partial class JobStore
{
    private static readonly RedisValue[] _runnerFields = ["name", "engine", "version", "abilities", "measurements", "left", "drain"];

    /// <summary>
    /// A runner introduces itself. It works on nothing now, so what it held before it restarted is lost and goes back
    /// to the queue at once, without waiting for the lease to end.
    /// </summary>
    public async Task RegisterAsync(RegisterRequest runner)
    {
        await SeenAsync(runner.RunnerId, introducing: true, "name", runner.Name, "engine", runner.Engine, "version", runner.Version, "left", 0,
            "abilities", JsonSerializer.Serialize(runner.Report.Abilities, ContractsJson.Default.RunnerAbilities),
            "parity", JsonSerializer.Serialize(runner.Report.Parity, ContractsJson.Default.IReadOnlyListParityCheck),
            "probes", JsonSerializer.Serialize(runner.Report.Probes, ContractsJson.Default.IReadOnlyListProbe));
        await EndClaimsAsync(runner.RunnerId, [], holder => FailAsync(holder, "lost", _leaseLost, onlyIfExpired: false));
        await AnnounceAsync(JobEvent.Runners);
    }

    /// <summary>
    /// A runner asks for work. It is alive; and a claim of its that it does not work on never reached it, so that job goes back
    /// where it stood.
    /// </summary>
    /// <returns>The runner; null if it never registered.</returns>
    public async Task<Runner?> AskedAsync(ClaimRequest request)
    {
        var seen = await SeenAsync(request.RunnerId, introducing: false,
            "measurements", JsonSerializer.Serialize(request.Measurements, ContractsJson.Default.IReadOnlyListMeasurement), "left", 0);
        if (seen == 0)
            return null;

        await EndClaimsAsync(request.RunnerId, request.Working, ReleaseAsync);
        var runner = await ReadAsync(request.RunnerId, await NowAsync(), live: true);
        return runner is null ? null : runner with { Seen = seen };
    }

    /// <summary>A runner stops: what it still holds goes back where it stood, and it is offline at once.</summary>
    public async Task LeaveAsync(string runner)
    {
        if (await SeenAsync(runner, introducing: false, "left", 1) == 0)
            return;
        await EndClaimsAsync(runner, [], ReleaseAsync);
        await AnnounceAsync(JobEvent.Runners);
    }

    /// <summary>Every runner that is known, the one that was seen last first.</summary>
    public async Task<IReadOnlyList<Runner>> RunnersAsync()
    {
        var offline = await NowAsync() - Milliseconds(options.Value.OfflineAfter);
        var seen = await redis.Database.SortedSetRangeByRankWithScoresAsync(Keys.Runners, order: Order.Descending);
        var runners = await Task.WhenAll(seen.Select(entry =>
            ReadAsync((string)entry.Element!, (long)entry.Score, entry.Score >= offline)));
        return [.. runners.OfType<Runner>()];
    }

    /// <summary>The runners that are alive, and whether they are to have jobs.</summary>
    public async Task<Fleet> FleetAsync() => new([.. (await RunnersAsync()).Where(runner => runner.Live)], await PauseAsync());

    /// <summary>Hands a runner no more jobs, until <see cref="UndrainAsync"/> and over its restarts.</summary>
    /// <param name="runner">The runner's id.</param>
    /// <param name="now">Whether what it works on goes back to the queue too; otherwise it may finish that.</param>
    /// <returns>False if there is no such runner.</returns>
    public async Task<bool> DrainAsync(string runner, bool now)
    {
        if (!await IsRegisteredAsync(runner))
            return false;
        await redis.Database.HashSetAsync(Keys.Runner(runner), "drain", now ? "now" : "finish");
        await AnnounceAsync(JobEvent.Runners);
        return true;
    }

    /// <summary>Hands a drained runner jobs again; false if there is no such runner.</summary>
    public async Task<bool> UndrainAsync(string runner)
    {
        if (!await IsRegisteredAsync(runner))
            return false;
        await redis.Database.HashDeleteAsync(Keys.Runner(runner), "drain");
        await AnnounceAsync(JobEvent.Resumed);
        await AnnounceAsync(JobEvent.Runners);
        return true;
    }

    /// <summary>What a runner's doctor found; null if there is no such runner.</summary>
    public async Task<DoctorReport?> ReportAsync(string runner)
    {
        var fields = await redis.Database.HashGetAsync(Keys.Runner(runner), ["abilities", "parity", "probes"]);
        return JobHash.Read(fields[0], ContractsJson.Default.RunnerAbilities) is { } abilities
            && JobHash.Read(fields[1], ContractsJson.Default.IReadOnlyListParityCheck) is { } parity
            && JobHash.Read(fields[2], ContractsJson.Default.IReadOnlyListProbe) is { } probes
            ? new(parity, probes, abilities)
            : null;
    }

    private Task<long> AnnounceAsync(string kind) => redis.Database.PublishAsync(Keys.Events, JobEvent.Announcement(kind));

    private Task<bool> IsRegisteredAsync(string runner) => redis.Database.HashExistsAsync(Keys.Runner(runner), "name");

    private Task<int> SeenAsync(string runner, bool introducing, params RedisValue[] fields) =>
        scripts.Seen.CodeAsync(redis.Database, [Keys.Runner(runner), Keys.Runners], [runner, introducing ? 1 : 0, .. fields]);

    // Ends what a runner has claimed but for what it works on. An attempt that ended otherwise is fenced, so it is left as it is.
    private async Task EndClaimsAsync(string runner, IReadOnlyList<HeldAttempt> working, Func<Holder, Task<bool>> end)
    {
        foreach (var claim in await redis.Database.SetMembersAsync(Keys.Claims(runner)))
        {
            var (job, attempt) = ((string)claim!).Split(' ') is [var first, var second] ? (first, int.Parse(second, System.Globalization.CultureInfo.InvariantCulture)) : default;
            if (working.Contains(new HeldAttempt(job, attempt)))
                continue;
            await end(new(job, attempt, runner));
            await redis.Database.SetRemoveAsync(Keys.Claims(runner), claim);
        }
    }

    private async Task<Runner?> ReadAsync(string id, long seen, bool live)
    {
        var fields = await redis.Database.HashGetAsync(Keys.Runner(id), _runnerFields);
        // One that registered with an earlier Web has told less; it is as good as unknown until it registers again.
        if (fields[..4].Any(field => field.IsNull))
            return null;
        if (Abilities(fields[3], fields[4]) is not { } abilities)
            return null;
        return new(id, (string)fields[0]!, (string)fields[1]!, (string)fields[2]!, abilities, DateTimeOffset.FromUnixTimeMilliseconds(seen), live && fields[5] != 1)
        {
            Drain = fields[6].IsNull ? RunnerDrain.None : fields[6] == "now" ? RunnerDrain.Now : RunnerDrain.Finish,
        };
    }

    // Null if another version wrote them otherwise.
    private static RunnerAbilities? Abilities(RedisValue json, RedisValue measurements)
    {
        try
        {
            var abilities = JobHash.Read(json, ContractsJson.Default.RunnerAbilities)!;
            return measurements.IsNull ? abilities : abilities with { Measurements = JobHash.Read(measurements, ContractsJson.Default.IReadOnlyListMeasurement)! };
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

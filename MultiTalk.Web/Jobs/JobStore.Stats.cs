using System.Diagnostics;
using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

public sealed partial class JobStore
{
    // The clocks of two hosts drift by milliseconds in this time.
    private static readonly TimeSpan _clockAge = TimeSpan.FromMinutes(1);

    private ClockReading? _clock;

    /// <summary>How queue and fleet do: what was counted as attempts and jobs ended, and what waits and runs now. No job is read but those that run, and the oldest that waits.</summary>
    public async Task<JobStats> StatsAsync(StatsWindow window)
    {
        var now = await NowAsync();
        var (length, unit, key) = window switch
        {
            StatsWindow.Hour => (60, 60_000L, (Func<long, RedisKey>)Keys.CountsOfMinute),
            StatsWindow.Day => (24, 3_600_000, Keys.CountsOfHour),
            _ => (7 * 24, 3_600_000, Keys.CountsOfHour),
        };
        var last = now / unit;
        var counting = Task.WhenAll(Enumerable.Range(0, length + 1).Select(back => redis.Database.HashGetAllAsync(key(last - back))));
        var (waiting, running) = (await WaitingAsync(now), await RunningAsync());
        var counts = new StatsCounts();
        foreach (var entry in (await counting).SelectMany(entries => entries))
            counts.Add((string)entry.Name!, (long)entry.Value);

        var since = (last - length) * unit;
        return counts.With(
            DateTimeOffset.FromUnixTimeMilliseconds(since), DateTimeOffset.FromUnixTimeMilliseconds(now), waiting,
            running.CountBy(job => job.Engine).ToDictionary(), StatesOf(await RunnersAsync(), [.. running.Select(job => job.Runner)]));
    }

    private static Dictionary<RunnerState, int> StatesOf(IEnumerable<Runner> runners, HashSet<string> busy) => runners.CountBy(runner => runner switch
    {
        { Live: false } => RunnerState.Offline,
        { Drain: not RunnerDrain.None } => RunnerState.Draining,
        { Abilities.Blockers.Count: > 0 } => RunnerState.Blocked,
        _ => busy.Contains(runner.Id) ? RunnerState.Busy : RunnerState.Idle,
    }).ToDictionary();

    // How many jobs wait for each engine, and for how many seconds the oldest does.
    private async Task<Dictionary<string, (long Queued, double OldestSeconds)>> WaitingAsync(long now)
    {
        var classes = (await redis.Database.SetMembersAsync(Keys.Classes)).Select(name => (string)name!).ToList();
        var queues = await Task.WhenAll(classes.Select(async name =>
            (JobClass.Named(name).Engine, Members: await redis.Database.SortedSetRangeByRankAsync(Keys.Queue(name)))));
        var engines = queues.GroupBy(queue => queue.Engine, queue => queue.Members).Select(async engine =>
        {
            // Ids rise with time.
            var oldest = engine.SelectMany(members => members).Select(member => (string)member!).Min(StringComparer.Ordinal);
            var created = oldest is null ? RedisValue.Null : await redis.Database.HashGetAsync(Keys.Job(oldest[..IdLength]), "createdAt");
            return (engine.Key, Queued: engine.Sum(members => (long)members.Length), Seconds: created.IsNull ? 0 : (now - (long)created) / 1000d);
        });
        return (await Task.WhenAll(engines)).Where(engine => engine.Queued > 0).ToDictionary(engine => engine.Key, engine => (engine.Queued, Math.Max(engine.Seconds, 0)));
    }

    private async Task<List<(string Engine, string Runner)>> RunningAsync()
    {
        var jobs = await Task.WhenAll((await redis.Database.SortedSetRangeByRankAsync(Keys.Leases)).Select(id =>
            redis.Database.HashGetAsync(Keys.Job((string)id!), ["class", "runner"])));
        return [.. jobs.Where(fields => fields.All(field => !field.IsNull)).Select(fields => (((string)fields[0]!).Split('?')[0], (string)fields[1]!))];
    }

    /// <summary>Redis' clock in milliseconds since 1970, without a trip to it. It decides no transition, only in which minute or day something is counted.</summary>
    internal async ValueTask<long> AboutNowAsync()
    {
        if (_clock is not { } clock || Stopwatch.GetElapsedTime(clock.ReadAt) > _clockAge)
            _clock = clock = new(await NowAsync(), Stopwatch.GetTimestamp());
        return clock.Milliseconds + (long)Stopwatch.GetElapsedTime(clock.ReadAt).TotalMilliseconds;
    }

    private sealed record ClockReading(long Milliseconds, long ReadAt);
}

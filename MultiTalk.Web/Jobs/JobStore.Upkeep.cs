using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

public sealed partial class JobStore
{
    private const int RemovalPage = 100;

    /// <summary>
    /// Puts back every job whose lease has expired, and counts a failure; after a time without a pass, leases are extended by it.
    /// Classes without queued jobs are forgotten.
    /// </summary>
    public async Task SweepAsync()
    {
        var expired = (RedisValue[])(await scripts.Sweep.RunAsync(redis.Database, [Keys.Leases, Keys.Swept], Milliseconds(options.Value.SweepGap), Milliseconds(options.Value.Lease)))!;
        foreach (var id in expired)
        {
            // No more of the job than is needed: one that cannot be read must not keep the others from being put back.
            var fields = await redis.Database.HashGetAsync(Keys.Job((string)id!), ["attempt", "runner"]);
            if (fields.All(field => !field.IsNull))
                await FailAsync(new((string)id!, (int)fields[0], (string)fields[1]!), "lost", _leaseLost, onlyIfExpired: true);
        }

        foreach (var name in await redis.Database.SetMembersAsync(Keys.Classes))
            await scripts.Prune.CodeAsync(redis.Database, [Keys.Queue((string)name!), Keys.Classes], name);
    }

    /// <summary>The ids of some jobs that ended so long ago that they are to be forgotten, oldest first.</summary>
    public async Task<IReadOnlyList<string>> OutdatedAsync() =>
        (await redis.Database.SortedSetRangeByScoreAsync(Keys.Ended, stop: await LatestEndAsync(), take: RemovalPage)).ToStringArray()!;

    /// <summary>Forgets a job that ended long ago. Its media have to be gone already: nothing else knows of them.</summary>
    public async Task ForgetAsync(string id)
    {
        if (await PlaceAsync(id) is not { } place)
        {
            // What an earlier version stored, or somebody deleted: it must not stand in the way of the others.
            await redis.Database.SortedSetRemoveAsync(Keys.Ended, id);
            await redis.Database.SortedSetRemoveAsync(Keys.Shared, id);
            await redis.Database.KeyDeleteAsync([Keys.Job(id), Keys.JobEvents(id), Keys.JobLog(id)]);
        }
        else
        {
            await scripts.Remove.CodeAsync(
                redis.Database, place.KeysToEndWith(await AboutNowAsync(), Keys.Jobs, Keys.JobsOf(place.Owner), Keys.Shared, Keys.JobLog(id)), place.ArgumentsWith(await LatestEndAsync()));
        }
    }

    /// <summary>Forgets runners that were not seen for long.</summary>
    public async Task ForgetRunnersAsync()
    {
        var seen = await NowAsync() - Milliseconds(options.Value.ForgetRunners);
        foreach (var id in (await redis.Database.SortedSetRangeByScoreAsync(Keys.Runners, stop: seen, take: RemovalPage)).ToStringArray())
        {
            await redis.Database.KeyDeleteAsync([Keys.Runner(id!), Keys.Claims(id!)]);
            await redis.Database.SortedSetRemoveAsync(Keys.Runners, id);
        }
    }

    private async Task<long> LatestEndAsync() => await NowAsync() - Milliseconds(await RetentionAsync());
}

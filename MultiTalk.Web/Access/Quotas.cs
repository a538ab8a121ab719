using System.Security.Claims;
using Microsoft.Extensions.Options;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Web.Access;

/// <summary>What an owner used today (UTC).</summary>
/// <param name="QueuedJobs">Jobs that wait, of each engine for which there are some.</param>
/// <param name="UploadBytes">Bytes that were uploaded.</param>
/// <param name="GpuSeconds">Seconds in which a graphics card worked, counted for each card, in attempts that ended.</param>
public sealed record Usage(IReadOnlyDictionary<string, long> QueuedJobs, long UploadBytes, long GpuSeconds);

/// <summary>Whether a submission may be.</summary>
/// <param name="Code">1 if so, 0 if there were too many, −1 if no minutes of graphics cards are left.</param>
/// <param name="Remaining">How many more may follow at once.</param>
/// <param name="Wait">Until one more may, or until all may again.</param>
internal sealed record Admission(int Code, long Remaining, TimeSpan Wait);

/// <summary>Counts what owners use, over all Webs, and knows what they may use. A day is one of Redis' clock (UTC): the hosts' clocks need not agree.</summary>
public sealed class Quotas(RedisConnection redis, JobStore jobs, IOptions<AccessOptions> options, IHttpContextAccessor http)
{
    private static readonly string[] _engines = [GpuRunner.Generation.Engine.MultiTalk, GpuRunner.Generation.Engine.Preview];

    /// <summary>How many jobs of an engine may wait for whoever makes the present request; 0 for any number.</summary>
    public long MostQueued => http.HttpContext is { } context ? LimitsOf(context.User).QueuedJobs ?? 0 : 0;

    /// <summary>How much a user may do.</summary>
    public Limits LimitsOf(ClaimsPrincipal user) => user.Limits(options.Value.Limits);

    /// <summary>What an owner used today.</summary>
    public async Task<Usage> UsageAsync(string owner)
    {
        var used = redis.Database.HashGetAsync(await TodayAsync(owner), ["uploadBytes", "gpuSeconds"]);
        var queued = await Task.WhenAll(_engines.Select(async engine => (engine, Count: await redis.Database.SortedSetLengthAsync(Keys.Turns(engine, owner)))));
        return new(queued.Where(entry => entry.Count > 0).ToDictionary(entry => entry.engine, entry => entry.Count), (long)(await used)[0], (long)(await used)[1]);
    }

    /// <summary>Whether an owner may submit now; if so, it is counted.</summary>
    internal async Task<Admission> AdmitAsync(string owner, Limits limits)
    {
        var answer = (long[])(await AccessScripts.Admit.RunAsync(
            redis.Database, [Keys.Rate(owner), await TodayAsync(owner)], limits.SubmissionsAMinute ?? 0, (limits.GpuMinutesADay ?? 0) * 60L))!;
        return new((int)answer[0], answer[1], TimeSpan.FromMilliseconds(answer[2]));
    }

    /// <summary>How long today lasts.</summary>
    internal async Task<TimeSpan> UntilTomorrowAsync()
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(await jobs.AboutNowAsync()).UtcDateTime;
        return now.Date.AddDays(1) - now;
    }

    /// <summary>What the present request of a user pays with; where there is none, one that begins now.</summary>
    internal async Task<UploadBill> BillAsync(ClaimsPrincipal user) =>
        http.HttpContext?.Features.Get<UploadBill>() ?? new(this, await TodayAsync(user.Owner()), LimitsOf(user).UploadBytesADay ?? 0);

    /// <summary>Takes bytes out of what an owner may upload on a day; a negative number gives some back.</summary>
    /// <returns>False, with nothing taken, if that would be too many.</returns>
    internal async Task<bool> SpendAsync(RedisKey day, long bytes, long limit)
    {
        var answer = (long[])(await AccessScripts.Spend.RunAsync(redis.Database, [day], bytes, limit))!;
        return answer[0] == 1;
    }

    private async Task<RedisKey> TodayAsync(string owner) => Keys.UsageToday(owner, await jobs.AboutNowAsync());
}

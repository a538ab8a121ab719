using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

/// <summary>What of a job decides which keys a script touches. It never changes.</summary>
/// <param name="Id">The job's id.</param>
/// <param name="Owner">Who submitted it.</param>
/// <param name="Class">Which runners can do it.</param>
internal sealed record JobPlace(string Id, string Owner, JobClass Class)
{
    /// <summary>What stands in a queue.</summary>
    public static JobPlace InQueue(string member, JobClass kind) => member.Split(' ') is [var id, var owner]
        ? new(id, Uri.UnescapeDataString(owner), kind)
        : throw new FormatException($"\"{member}\" stands in a queue and is no job. Something else than MultiTalk wrote it.");

    /// <summary>What stands in its queue.</summary>
    public string Member => $"{Id} {Uri.EscapeDataString(Owner)}";

    /// <summary>The keys of a script of a job, in the order in which <c>common.lua</c> names them.</summary>
    public RedisKey[] KeysWith(params ReadOnlySpan<RedisKey> more) =>
    [
        Keys.Job(Id), Keys.JobEvents(Id), Keys.Queue(Class.Name), Keys.Classes, Keys.Turns(Class.Engine, Owner), Keys.Clock(Class.Engine), Keys.Leases, .. more,
    ];

    /// <summary>The keys of a script that may end the job, in the order in which <c>ends.lua</c> and <c>attempts.lua</c> go on to name them.</summary>
    /// <param name="now">Milliseconds of Redis' clock, about: they tell where it is counted.</param>
    /// <param name="more">The script's own.</param>
    public RedisKey[] KeysToEndWith(long now, params ReadOnlySpan<RedisKey> more) =>
        KeysWith([Keys.Ended, .. Keys.Endings, Keys.UsageToday(Owner, now), Keys.CountsOfMinute(now / 60_000), Keys.CountsOfHour(now / 3_600_000), Keys.Outbox, .. more]);

    /// <summary>The arguments of a script of a job.</summary>
    public RedisValue[] ArgumentsWith(params ReadOnlySpan<RedisValue> more) => [Id, Uri.EscapeDataString(Owner), Class.Name, .. more];
}

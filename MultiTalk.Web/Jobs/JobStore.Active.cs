using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

/// <summary>A job that waits, as the queue shows it to everybody.</summary>
/// <param name="Id">The job's id.</param>
/// <param name="Owner">Who submitted it.</param>
/// <param name="Engine">What runs it.</param>
/// <param name="Position">Which one of its engine it is, from 1.</param>
/// <param name="CreatedAt">When it was accepted.</param>
/// <param name="Shared">Whether everybody who may read may see it.</param>
public sealed record QueuedJob(string Id, string Owner, string Engine, long Position, DateTimeOffset CreatedAt, bool Shared);

public sealed partial class JobStore
{
    /// <summary>The ids of the jobs that wait or run, newest first. No job that waits is read for this.</summary>
    /// <param name="state">Queued or running.</param>
    /// <param name="owner">Whose; null for everybody's.</param>
    public async Task<IReadOnlyList<string>> ActiveIdsAsync(JobState state, string? owner)
    {
        IEnumerable<string> ids;
        if (state == JobState.Queued)
        {
            var end = owner is null ? "" : " " + Uri.EscapeDataString(owner);
            ids = (await QueuedAsync()).Select(entry => (string)entry!).Where(member => member.EndsWith(end, StringComparison.Ordinal)).Select(member => member[..IdLength]);
        }
        else
        {
            ids = await OfOwnerAsync([.. (await redis.Database.SortedSetRangeByRankAsync(Keys.Leases)).Select(id => (string)id!)], owner);
        }

        return [.. ids.OrderDescending(StringComparer.Ordinal)];
    }

    /// <summary>The ids of jobs that ended at a time or later, the last first.</summary>
    /// <param name="owner">Whose; null for everybody's.</param>
    /// <param name="since">The time, by Redis' clock.</param>
    /// <param name="most">Most jobs that are looked at.</param>
    /// <returns>The ids, and whether there are no more.</returns>
    public async Task<(IReadOnlyList<string> Ids, bool All)> EndedSinceAsync(string? owner, DateTimeOffset since, int most)
    {
        var ids = await redis.Database.SortedSetRangeByScoreAsync(Keys.Ended, start: since.ToUnixTimeMilliseconds(), order: Order.Descending, take: most + 1);
        return (await OfOwnerAsync([.. ids.Take(most).Select(id => (string)id!)], owner), ids.Length <= most);
    }

    /// <summary>The first jobs of each engine's queue, in the order in which a runner that can do everything would get them.</summary>
    /// <param name="most">Most jobs an engine.</param>
    public async Task<IReadOnlyList<QueuedJob>> QueueAsync(int most)
    {
        var queues = await Task.WhenAll((await redis.Database.SetMembersAsync(Keys.Classes)).Select(async name =>
            (Class: JobClass.Named((string)name!), Members: await redis.Database.SortedSetRangeByRankWithScoresAsync(Keys.Queue((string)name!), stop: most - 1))));
        var first = queues.SelectMany(queue => queue.Members.Select(member => (queue.Class, member.Score, Member: (string)member.Element!))).GroupBy(entry => entry.Class.Engine)
            .OrderBy(engine => engine.Key, StringComparer.Ordinal)
            // In the same turn, the older one comes first.
            .SelectMany(engine => engine.OrderBy(entry => entry.Score).ThenBy(entry => entry.Member, StringComparer.Ordinal).Take(most).Index());
        return await Task.WhenAll(first.Select(async entry =>
        {
            var place = JobPlace.InQueue(entry.Item.Member, entry.Item.Class);
            var fields = await redis.Database.HashGetAsync(Keys.Job(place.Id), ["createdAt", "shared"]);
            return new QueuedJob(place.Id, place.Owner, place.Class.Engine, entry.Index + 1, DateTimeOffset.FromUnixTimeMilliseconds((long)fields[0]), fields[1] == 1);
        }));
    }

    /// <summary>Redis' clock.</summary>
    public async Task<DateTimeOffset> TimeAsync() => DateTimeOffset.FromUnixTimeMilliseconds(await NowAsync());

    private async Task<IReadOnlyList<string>> OfOwnerAsync(IReadOnlyList<string> ids, string? owner)
    {
        if (owner is null)
            return ids;
        var owners = await Task.WhenAll(ids.Select(id => redis.Database.HashGetAsync(Keys.Job(id), "owner")));
        return [.. ids.Where((_, index) => owners[index] == owner)];
    }
}

using Microsoft.Extensions.Options;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Web.Webhooks;

/// <summary>
/// What is on its way, on Redis. Each target has a queue of its own, of which one delivery at a time is tried: its events keep their
/// order while it takes them, and one that hangs holds up nobody else. Time is that of the Webs: a wait may differ by their clocks, the
/// order may not.
/// </summary>
public sealed class DeliveryStore(RedisConnection redis, IOptions<WebhookOptions> options, TimeProvider time)
{
    private static readonly Script _deliver = Load("deliver");
    private static readonly Script _lease = Load("lease");
    private static readonly Script _settle = Load("settle");

    // A delivery that waits is kept as long as it is tried at the very most, with the longest wait that a receiver may ask for.
    private TimeSpan KeepWaiting => options.Value.Keep + options.Value.Waits.Aggregate(TimeSpan.Zero, (sum, wait) => sum + Max(wait * (1 + options.Value.Jitter), WebhookSender.LongestWait));

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Stores a delivery to be tried at once.</summary>
    public Task AddAsync(string target, Delivery delivery) => DeliverAsync("", [(delivery.Id, target)], delivery, anew: false);

    /// <summary>Takes the first entry of the outbox out of it, and stores its deliveries in the same step.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="targets">To whom.</param>
    /// <param name="type">What happened.</param>
    /// <param name="job">To which job.</param>
    /// <param name="body">What is sent.</param>
    /// <returns>False if it is not the first, or no longer there: another Web took it.</returns>
    internal Task<bool> TakeAsync(string entry, IEnumerable<string> targets, string type, string job, string body) =>
        DeliverAsync(entry, [.. targets.Select(target => (Delivery.IdOf(entry, target), target))], new("", type, job, body) { CreatedAt = time.GetUtcNow(), NextAttemptAt = time.GetUtcNow() }, anew: false);

    /// <summary>Tries one that was given up from the start; false if it was not given up.</summary>
    public Task<bool> RetryAsync(string target, Delivery delivery) => DeliverAsync(
        "", [(delivery.Id, target)], delivery with { State = DeliveryState.Pending, Attempts = 0, FinishedAt = null, NextAttemptAt = time.GetUtcNow() }, anew: true);

    /// <summary>One to a target; null if there is none.</summary>
    public async Task<Delivery?> FindAsync(string target, string id) =>
        await redis.Database.SortedSetScoreAsync(Keys.Deliveries(target), id) is null ? null : await FindAsync(id);

    /// <summary>The last ones to a target, newest first.</summary>
    /// <param name="target">The target.</param>
    /// <param name="state">Those in a state; null for all.</param>
    /// <param name="before">The last id of the page before; null for the first.</param>
    /// <param name="limit">Most a page.</param>
    public async Task<IReadOnlyList<Delivery>> ListAsync(string target, DeliveryState? state, string? before, int limit)
    {
        List<Delivery> found = [];
        while (found.Count < limit)
        {
            var ids = await redis.Database.SortedSetRangeByValueAsync(Keys.Deliveries(target), default, before ?? default(RedisValue), Exclude.Stop, Order.Descending, 0, limit);
            var deliveries = await Task.WhenAll(ids.Select(id => FindAsync(id!)));
            found.AddRange(deliveries.OfType<Delivery>().Where(delivery => state is null || delivery.State == state));
            if (ids.Length < limit)
                break;
            before = ids[^1];
        }

        return [.. found.Take(limit)];
    }

    /// <summary>Targets to which something is to be sent now, and when there are more; null if none wait.</summary>
    internal async Task<(IReadOnlyList<string> Due, DateTimeOffset? Next)> DueAsync(int most)
    {
        var now = Now;
        var due = redis.Database.SortedSetRangeByScoreAsync(Keys.Targets, double.NegativeInfinity, now, Exclude.None, Order.Ascending, 0, most);
        var next = await redis.Database.SortedSetRangeByScoreWithScoresAsync(Keys.Targets, now, double.PositiveInfinity, Exclude.Start, Order.Ascending, 0, 1);
        return ([.. (await due).Select(target => (string)target!)], next.Length == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds((long)next[0].Score));
    }

    /// <summary>Lets targets that have to wait stand behind the others to which something is to be sent now.</summary>
    internal Task PassOverAsync(IEnumerable<string> targets)
    {
        var now = Now;
        return redis.Database.SortedSetAddAsync(Keys.Targets, [.. targets.Select(target => new SortedSetEntry(target, now))], SortedSetWhen.Exists | SortedSetWhen.GreaterThan);
    }

    /// <summary>Takes what is next for a target; null if somebody else did, or there is nothing.</summary>
    internal async Task<Lease?> LeaseAsync(string target)
    {
        var now = Now;
        var until = now + (long)options.Value.Lease.TotalMilliseconds;
        var id = (string?)await _lease.RunAsync(redis.Database, [Keys.Waiting(target), Keys.Targets, Keys.Tries], target, now, until);
        return id is null ? null : new(target, id, until, await FindAsync(id));
    }

    /// <summary>A try has ended: it is tried again when <see cref="Delivery.NextAttemptAt"/> says so, or never.</summary>
    /// <param name="lease">The try.</param>
    /// <param name="delivery">How it stands now; null if there is none any more.</param>
    internal Task<int> SettleAsync(Lease lease, Delivery? delivery) => _settle.CodeAsync(
        redis.Database, [Keys.Delivery(lease.Id), Keys.Waiting(lease.Target), Keys.Targets, Keys.Tries],
        [
            lease.Id, lease.Target, lease.Until, Now,
            delivery is not { State: DeliveryState.Pending, NextAttemptAt: { } next } ? RedisValue.EmptyString : delivery.Attempts == 0 ? 0 : next.ToUnixTimeMilliseconds(),
            (long)options.Value.Keep.TotalMilliseconds, .. delivery?.Progress() ?? [],
        ]);

    private async Task<bool> DeliverAsync(string entry, IReadOnlyList<(string Id, string Target)> to, Delivery delivery, bool anew) => await _deliver.CodeAsync(
        redis.Database,
        [Keys.Outbox, Keys.Targets, Keys.Tries, .. to.SelectMany(each => new[] { Keys.Delivery(each.Id), Keys.Waiting(each.Target), Keys.Deliveries(each.Target) })],
        [
            entry, Now, (long)KeepWaiting.TotalMilliseconds, options.Value.MaxDeliveries, anew ? 1 : 0,
            .. to.SelectMany(each => new RedisValue[] { each.Id, each.Target }), .. delivery.Fields(),
        ]) == 1;

    private async Task<Delivery?> FindAsync(string id) => Delivery.Read(id, await redis.Database.HashGetAllAsync(Keys.Delivery(id)));

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static Script Load(string name) => new(Script.TextOf("Webhooks", name));
}

/// <summary>A try that this Web makes.</summary>
/// <param name="Target">For which target.</param>
/// <param name="Id">The delivery.</param>
/// <param name="Until">When another Web takes over; milliseconds since 1970.</param>
/// <param name="Delivery">The delivery itself; null if it is not kept any more.</param>
internal sealed record Lease(string Target, string Id, long Until, Delivery? Delivery);

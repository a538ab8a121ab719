using Microsoft.Extensions.Options;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Web.Webhooks;

/// <summary>
/// What is on its way, on Redis. Each target has a queue of its own, of which one delivery at a time is tried: its events keep their
/// order while nothing fails, and one that hangs holds up nobody else. Time is that of the Webs: a wait may differ by their clocks.
/// </summary>
public sealed class DeliveryStore(RedisConnection redis, IOptions<WebhookOptions> options, TimeProvider time)
{
    private static readonly Script _deliver = Load("deliver");
    private static readonly Script _lease = Load("lease");
    private static readonly Script _settle = Load("settle");

    // A delivery that waits is kept as long as it is tried at the very most, with the longest wait that a receiver may ask for.
    private TimeSpan KeepWaiting => options.Value.Keep + options.Value.Waits.Aggregate(TimeSpan.Zero, (sum, wait) => sum + Max(wait * (1 + options.Value.Jitter), WebhookSender.LongestWait));

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Stores a delivery to be tried at once; nothing happens if it is stored already.</summary>
    public Task AddAsync(string target, Delivery delivery) => DeliverAsync(target, delivery, again: false);

    /// <summary>Tries one that was given up from the start; false if it was not given up.</summary>
    public async Task<bool> RetryAsync(string target, Delivery delivery) =>
        await DeliverAsync(target, delivery with { State = DeliveryState.Pending, Attempts = 0, FinishedAt = null, NextAttemptAt = time.GetUtcNow() }, again: true) == 1;

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
            lease.Id, lease.Target, lease.Until,
            delivery is { State: DeliveryState.Pending, NextAttemptAt: { } next } ? next.ToUnixTimeMilliseconds() : RedisValue.EmptyString,
            (long)options.Value.Keep.TotalMilliseconds, .. delivery?.Progress() ?? [],
        ]);

    private async Task<int> DeliverAsync(string target, Delivery delivery, bool again) => await _deliver.CodeAsync(
        redis.Database, [Keys.Delivery(delivery.Id), Keys.Waiting(target), Keys.Deliveries(target), Keys.Targets, Keys.Tries],
        [delivery.Id, target, Now, (long)KeepWaiting.TotalMilliseconds, options.Value.MaxDeliveries, again ? 1 : 0, .. delivery.Fields()]);

    private async Task<Delivery?> FindAsync(string id) => Delivery.Read(id, await redis.Database.HashGetAllAsync(Keys.Delivery(id)));

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static Script Load(string name)
    {
        using var stream = typeof(DeliveryStore).Assembly.GetManifestResourceStream($"MultiTalk.Web.Webhooks.Scripts.{name}.lua")
            ?? throw new InvalidOperationException($"The script {name}.lua is not part of this program. It must lie in Webhooks/Scripts.");
        using var reader = new StreamReader(stream);
        return new(reader.ReadToEnd());
    }
}

/// <summary>A try that this Web makes.</summary>
/// <param name="Target">For which target.</param>
/// <param name="Id">The delivery.</param>
/// <param name="Until">When another Web takes over; milliseconds since 1970.</param>
/// <param name="Delivery">The delivery itself; null if it is not kept any more.</param>
internal sealed record Lease(string Target, string Id, long Until, Delivery? Delivery);

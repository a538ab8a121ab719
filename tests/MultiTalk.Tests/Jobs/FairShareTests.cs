using CsCheck;
using MultiTalk.Tests.Jobs.Model;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Jobs;

/// <summary>The order of the queue: priority, then turns between owners, then age.</summary>
public sealed class FairShareTests(OwnRedis redis) : IClassFixture<OwnRedis>
{
    private static readonly Runner _runner = Kind.Runners[0];
    private static readonly Runner _small = Kind.Runners[2];

    private int _ids;

    [Fact(Timeout = 120_000)]
    public async Task Owners_take_turns()
    {
        var store = redis.Store();
        await Gen.Int[0, 3].Array[1, 25].SampleAsync(async owners =>
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await redis.ClearAsync();
            var jobs = new List<(string Owner, string Id)>();
            foreach (var owner in owners)
                jobs.Add(($"owner {owner}", await SubmitAsync(store, $"owner {owner}")));

            Assert.Equal(RoundRobin(jobs), await ClaimAllAsync(store));
        }, writeLine: TestContext.Current.TestOutputHelper!.WriteLine, iter: 30, threads: 1);
    }

    [Fact(Timeout = 120_000)]
    public async Task What_was_canceled_before_its_turn_might_as_well_never_have_been_submitted()
    {
        var store = redis.Store();
        await Gen.Select(Gen.Int[0, 3], Gen.Bool, Gen.Bool).Array[1, 25].SampleAsync(async submissions =>
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await redis.ClearAsync();
            var jobs = new List<(string Owner, string Id, bool Canceled)>();
            foreach (var (owner, large, canceled) in submissions)
                jobs.Add(($"owner {owner}", await SubmitAsync(store, $"owner {owner}", large ? 1 : 0), canceled));
            foreach (var job in jobs.Where(job => job.Canceled).OrderBy(job => job.Owner, StringComparer.Ordinal))
                Assert.True(await store.CancelAsync(job.Id));

            Assert.Equal(RoundRobin(jobs.Where(job => !job.Canceled).Select(job => (job.Owner, job.Id))), await ClaimAllAsync(store));
        }, writeLine: TestContext.Current.TestOutputHelper!.WriteLine, iter: 30, threads: 1);
    }

    [Fact]
    public async Task Who_comes_later_shares_from_then_on_and_makes_up_for_nothing()
    {
        var store = await EmptyAsync();
        var early = await SubmitManyAsync(store, "early", 6);
        for (var claim = 0; claim < 3; claim++)
            await store.ClaimAsync(_runner, TestContext.Current.CancellationToken);
        var late = await SubmitManyAsync(store, "late", 2);

        Assert.Equal([early[3], late[0], early[4], late[1], early[5]], await ClaimAllAsync(store));
    }

    [Fact]
    public async Task Priority_comes_before_turns_and_what_was_moved_to_the_front_before_all()
    {
        var store = await EmptyAsync();
        var usual = await SubmitManyAsync(store, "ann", 3);
        var low = await SubmitAsync(store, "bob", priority: -10);
        var high = await SubmitAsync(store, "ann", priority: 10);
        Assert.True(await store.PrioritizeAsync(usual[2], null, front: true));
        Assert.True(await store.PrioritizeAsync(low, null, front: true));

        Assert.Equal([low, usual[2], high, usual[0], usual[1]], await ClaimAllAsync(store));
    }

    [Fact]
    public async Task A_priority_that_is_set_twice_costs_no_turn()
    {
        var store = await EmptyAsync();
        var jobs = await SubmitManyAsync(store, "ann", 3);

        Assert.True(await store.PrioritizeAsync(jobs[0], 0, front: false));
        Assert.True(await store.PrioritizeAsync(jobs[1], null, front: false));

        Assert.Equal(jobs, await ClaimAllAsync(store));
    }

    [Fact]
    public async Task Positions_move_up_after_a_cancel()
    {
        var store = await EmptyAsync();
        var ann = await SubmitManyAsync(store, "ann", 3);
        var bob = await SubmitManyAsync(store, "bob", 2);
        Assert.Equal([1, 3, 5, 2, 4], await PositionsAsync());

        await store.CancelAsync(ann[0]);

        Assert.Equal([null, 1, 3, 2, 4], await PositionsAsync());

        async Task<IEnumerable<long?>> PositionsAsync() => await Task.WhenAll(ann.Concat(bob).Select(store.PositionAsync));
    }

    [Fact]
    public async Task Jobs_of_one_turn_in_two_queues_have_two_positions()
    {
        var store = await EmptyAsync();
        string[] ids = [await SubmitAsync(store, "ann", kind: 1), await SubmitAsync(store, "bob", kind: 0), await SubmitAsync(store, "cid", kind: 1)];

        Assert.Equal([1, 2, 3], await Task.WhenAll(ids.Select(store.PositionAsync)));
        Assert.Equal(ids, await ClaimAllAsync(store));
    }

    [Fact(Timeout = 120_000)]
    public async Task Ten_thousand_jobs_that_a_runner_cannot_do_cost_its_claim_nothing()
    {
        var store = await EmptyAsync();
        await SubmitAsync(store, "ann", kind: 1);
        var before = await CostAsync();
        foreach (var chunk in Enumerable.Range(0, 10_000).Chunk(500))
            await Task.WhenAll(chunk.Select(number => SubmitAsync(store, $"owner {number % 100}", kind: 1)));

        Assert.Equal(before, await CostAsync());

        // All commands, those of the script too; the least of some claims, because connections say things of their own now and then.
        async Task<long> CostAsync()
        {
            var least = long.MaxValue;
            for (var claim = 0; claim < 5; claim++)
            {
                var wanted = await SubmitAsync(store, "zoe", kind: 0);
                await redis.Database.ExecuteAsync("CONFIG", "RESETSTAT");
                Assert.Equal(wanted, (await store.ClaimAsync(_small, TestContext.Current.CancellationToken))?.Id);
                least = Math.Min(least, await redis.CommandsAsync());
            }

            return least;
        }
    }

    // In each round, the oldest job of every owner that has one.
    private static IEnumerable<string> RoundRobin(IEnumerable<(string Owner, string Id)> jobs) => jobs
        .GroupBy(job => job.Owner).SelectMany(owner => owner.Select((job, round) => (job.Id, Round: round)))
        .OrderBy(job => job.Round).ThenBy(job => job.Id, StringComparer.Ordinal).Select(job => job.Id);

    private async Task<JobStore> EmptyAsync()
    {
        await redis.ClearAsync();
        return redis.Store();
    }

    // Ids rise, also within a millisecond.
    private async Task<string> SubmitAsync(JobStore store, string owner, int kind = 0, int priority = 0)
    {
        var id = Interlocked.Increment(ref _ids).ToString("x32", System.Globalization.CultureInfo.InvariantCulture);
        await store.SubmitAsync(new(id, owner, Kind.All[kind].Request) { Priority = priority });
        return id;
    }

    private async Task<IReadOnlyList<string>> SubmitManyAsync(JobStore store, string owner, int count)
    {
        var ids = new List<string>();
        for (var job = 0; job < count; job++)
            ids.Add(await SubmitAsync(store, owner));
        return ids;
    }

    private static async Task<IReadOnlyList<string>> ClaimAllAsync(JobStore store)
    {
        var order = new List<string>();
        while (await store.ClaimAsync(_runner, TestContext.Current.CancellationToken) is { } job)
            order.Add(job.Id);
        return order;
    }
}

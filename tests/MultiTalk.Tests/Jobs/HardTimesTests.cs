using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Tests.Jobs.Model;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Tests.Jobs;

/// <summary>The store on a server that is full, that forgot its scripts, or that holds what cannot be read.</summary>
public sealed class HardTimesTests : IAsyncLifetime
{
    private static readonly Runner _runner = Requests.Runner("runner", "any");
    private static readonly JobError _error = new("broken", "It broke.", "It fell.", "Pick it up.", []);
    private static readonly VideoFacts _video = new(640, 640, 247, 25, 9.88, 1000, new string('a', 64));
    private static readonly Heartbeat _beat = new(new(Phase.Sampling, 50, 1, 5), ["a line"]);

    private readonly OwnRedis _redis = new();
    private JobStore _store = null!;

    public async ValueTask InitializeAsync()
    {
        await _redis.InitializeAsync();
        _store = _redis.Store();
    }

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task A_full_server_takes_nothing_more_in_and_ends_and_frees_what_it_has()
    {
        await _store.RegisterAsync(Requests.Registration(_runner.Id, "any"));
        for (var job = 0; job < 9; job++)
            await SubmitAsync();
        var running = (await _store.ClaimAsync(_runner, TestContext.Current.CancellationToken))!.Holder!;
        var (first, second) = ((await ClaimAsync()).Holder!, (await ClaimAsync()).Holder!);

        await FillAsync();

        foreach (var refused in new Func<Task>[] { SubmitAsync, () => _store.PrioritizeAsync(first.Job, 1, false) })
            Assert.True(RedisConnection.IsFull(await Assert.ThrowsAnyAsync<RedisException>(refused)));

        // Its line is lost, its lease is not.
        Assert.Equal(RunnerCommand.Continue, await _store.HeartbeatAsync(running, _beat));
        Assert.Equal((_beat.Progress, 0), ((await _store.FindAsync(running.Job))!.Progress, (await _store.LogAsync(running.Job)).Count));
        Assert.True(await _store.FailAsync(first, _error));
        Assert.True(await _store.ReleaseAsync(second));
        Assert.True(await _store.CancelAsync(second.Job));
        Assert.Equal(first.Job, (await ClaimAsync()).Id);
        Assert.True(await _store.CompleteAsync(running, _video));
        Assert.NotNull(await _store.AskedAsync(new(_runner.Id, [], [])));
        Assert.Equal(JobState.Queued, (await _store.FindAsync(first.Job))!.State);
        await _store.RegisterAsync(Requests.Registration(_runner.Id, "any"));
        var lost = await ClaimAsync();
        await RoomAsync();
        await _redis.Database.SortedSetAddAsync(Keys.Leases, lost.Id, 1);
        await FillAsync();
        await _store.SweepAsync();
        Assert.Equal("lost", (await _store.FindAsync(lost.Id))!.Attempts[^1].Outcome);
        var last = await ClaimAsync();
        await _store.LeaveAsync(_runner.Id);
        Assert.Equal(JobState.Queued, (await _store.FindAsync(last.Id))!.State);

        await RoomAsync();
        await SubmitAsync();

        Task FillAsync() => _redis.Database.ExecuteAsync("CONFIG", "SET", "maxmemory", "1");
        Task RoomAsync() => _redis.Database.ExecuteAsync("CONFIG", "SET", "maxmemory", "0");
    }

    [Fact]
    public async Task A_server_that_forgot_its_scripts_is_told_them_again()
    {
        // On this runner it is another plan, which is kept.
        var id = await FlushedAsync(() => SubmitAsync(Kind.All[0].Request));
        var claim = await FlushedAsync(ClaimOneAsync);
        Assert.Equal(RunnerCommand.Continue, await FlushedAsync(() => _store.HeartbeatAsync(claim.Holder!, _beat)));
        Assert.True(await FlushedAsync(() => _store.ReleaseAsync(claim.Holder!)));
        Assert.True(await FlushedAsync(() => _store.PrioritizeAsync(id, 3, front: false)));
        claim = await FlushedAsync(ClaimOneAsync);
        await FlushedAsync(async () =>
        {
            await _store.SweepAsync();
            return true;
        });
        Assert.True(await FlushedAsync(() => _store.CompleteAsync(claim.Holder!, _video)));

        var job = (await _store.FindAsync(id))!;
        Assert.Equal((JobState.Succeeded, 2, 1), (job.State, job.Attempt, (await _store.LogAsync(id)).Count));
        // What is sent without waiting for its answer arrived as well.
        Assert.NotEqual(job.Request.Plan.PersistentParameters, job.Plan.PersistentParameters);

        async Task<ClaimedJob> ClaimOneAsync() => (await _store.ClaimAsync(Kind.Runners[0], TestContext.Current.CancellationToken))!;

        async Task<T> FlushedAsync<T>(Func<Task<T>> action)
        {
            await _redis.Database.ExecuteAsync("SCRIPT", "FLUSH");
            return await action();
        }
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData(null)]
    public async Task A_job_that_cannot_be_read_fails_and_stands_in_nobody_s_way(string? request)
    {
        var (broken, whole) = (await SubmitAsync(), await SubmitAsync());
        if (request is null)
            await _redis.Database.HashDeleteAsync(Keys.Job(broken), "request");
        else
            await _redis.Database.HashSetAsync(Keys.Job(broken), "request", request);

        Assert.Equal(whole, (await ClaimAsync()).Id);

        Assert.Equal("failed", await _redis.Database.HashGetAsync(Keys.Job(broken), "state"));
        Assert.Contains("job_unreadable", (string?)await _redis.Database.HashGetAsync(Keys.Job(broken), "error"), StringComparison.Ordinal);
        Assert.Equal([whole], (await _store.ListAsync(new(), null, 10)).Select(job => job.Id));
        await _redis.Database.SortedSetAddAsync(Keys.Ended, broken, 1);
        Assert.Equal([broken], await _store.OutdatedAsync());
        await _store.ForgetAsync(broken);
        Assert.Empty(await _store.OutdatedAsync());
    }

    [Fact]
    public async Task A_claim_whose_answer_was_lost_goes_back_where_it_stood_when_its_runner_asks_again()
    {
        await _store.RegisterAsync(Requests.Registration(_runner.Id, "any"));
        var (first, second, third) = (await SubmitAsync(), await SubmitAsync(), await SubmitAsync());
        var (lost, works) = (await ClaimAsync(), await ClaimAsync());
        Assert.Equal((first, second), (lost.Id, works.Id));

        await _store.AskedAsync(new(_runner.Id, [], [new(second, 1)]));

        Assert.True(await _store.HoldsAsync(works.Holder!));
        Assert.Equal((first, 2), ((await ClaimAsync()) is var again ? (again.Id, again.Attempt) : default));
        Assert.Equal("released", (await _store.FindAsync(first))!.Attempts[0].Outcome);
        Assert.Equal(third, (await ClaimAsync()).Id);
    }

    [Fact]
    public async Task A_drained_runner_finishes_or_puts_back_and_gets_nothing_until_it_may_again()
    {
        await _store.RegisterAsync(Requests.Registration(_runner.Id, "any"));
        var id = await SubmitAsync();
        await SubmitAsync();
        var claim = await ClaimAsync();

        Assert.True(await _store.DrainAsync(_runner.Id, now: false));
        Assert.Equal(RunnerCommand.Continue, await _store.HeartbeatAsync(claim.Holder!, _beat));
        Assert.True(await _store.DrainAsync(_runner.Id, now: true));
        Assert.Equal(RunnerCommand.Drain, await _store.HeartbeatAsync(claim.Holder!, _beat));
        Assert.True(await _store.ReleaseAsync(claim.Holder!));
        await _store.RegisterAsync(Requests.Registration(_runner.Id, "any"));
        Assert.Null(await _store.ClaimAsync(_runner, TestContext.Current.CancellationToken));

        Assert.True(await _store.UndrainAsync(_runner.Id));
        Assert.Equal((id, 2), ((await ClaimAsync()) is var again ? (again.Id, again.Attempt) : default));
        Assert.Equal(0, await _redis.Database.HashGetAsync(Keys.Job(id), "failures"));
    }

    private Task<string> SubmitAsync() => SubmitAsync(Requests.For("any"));

    private async Task<string> SubmitAsync(JobRequest request)
    {
        var id = JobStore.NewId();
        await _store.SubmitAsync(new(id, "someone", request));
        return id;
    }

    private async Task<ClaimedJob> ClaimAsync() =>
        await _store.ClaimAsync(_runner, TestContext.Current.CancellationToken) ?? throw new InvalidOperationException("Nothing was queued.");
}

using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Jobs;

public sealed class JobStoreTests(QueueOnlyWeb web) : IClassFixture<QueueOnlyWeb>
{
    private static readonly JobError _error = new("broken", "It broke.", "It fell.", "Pick it up.", ["clonk"]);
    private static readonly VideoFacts _video = new(640, 640, 247, 25, 9.88, 1000, new string('a', 64));

    // An engine of its own gives each test a queue of its own.
    private readonly string _engine = Guid.NewGuid().ToString("n");
    private readonly string _runner = Guid.NewGuid().ToString("n");

    private JobStore Store => web.Jobs;

    [Fact]
    public async Task Jobs_are_claimed_in_the_order_of_their_submission()
    {
        var first = await SubmitAsync();
        var second = await SubmitAsync();

        Assert.Equal(first, (await Store.ClaimAsync(Requests.Runner(_runner, _engine), TestContext.Current.CancellationToken))?.Id);
        Assert.Equal(second, (await Store.ClaimAsync(Requests.Runner(_runner, _engine), TestContext.Current.CancellationToken))?.Id);
        Assert.Null(await Store.ClaimAsync(Requests.Runner(_runner, _engine), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_hundred_runners_that_ask_at_once_get_a_job_once()
    {
        await SubmitAsync();

        var claims = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Store.ClaimAsync(Requests.Runner(_runner, _engine), TestContext.Current.CancellationToken)));

        Assert.Single(claims, claim => claim is not null);
    }

    [Fact]
    public async Task A_finished_job_keeps_its_video_and_its_attempt()
    {
        var claim = await ClaimAsync();

        Assert.True(await Store.CompleteAsync(claim.Holder!, _video));

        var job = await FindAsync(claim.Id);
        Assert.Equal(JobState.Succeeded, job.State);
        Assert.Equal(_video, job.Video);
        Assert.Equal(("succeeded", _runner), (job.Attempts.Single().Outcome, job.Attempts.Single().Runner));
    }

    [Fact]
    public async Task Completing_twice_is_harmless()
    {
        var claim = await ClaimAsync();

        Assert.True(await Store.CompleteAsync(claim.Holder!, _video));
        Assert.True(await Store.CompleteAsync(claim.Holder!, _video));
    }

    [Fact]
    public async Task A_stale_attempt_can_write_nothing()
    {
        var stale = await ClaimAsync();
        await Store.ReleaseAsync(stale.Holder!);
        var current = await Store.ClaimAsync(Requests.Runner(_runner, _engine), TestContext.Current.CancellationToken);

        Assert.Null(await Store.HeartbeatAsync(stale.Holder!, new(new(Phase.Sampling, 50, 1, 5), [])));
        Assert.False(await Store.CompleteAsync(stale.Holder!, _video));
        Assert.False(await Store.FailAsync(stale.Holder!, _error));
        Assert.False(await Store.ReleaseAsync(stale.Holder!));
        Assert.False(await Store.HoldsAsync(stale.Holder!));
        Assert.True(await Store.HoldsAsync(current!.Holder!));
    }

    [Fact]
    public async Task A_failed_attempt_is_tried_again_until_the_job_has_used_its_failures_up()
    {
        var id = await SubmitAsync();
        for (var failure = 1; failure <= 3; failure++)
        {
            var claim = await Store.ClaimAsync(Requests.Runner(_runner, _engine), TestContext.Current.CancellationToken);
            Assert.Equal(failure, claim?.Attempt);
            Assert.True(await Store.FailAsync(claim!.Holder!, _error));
        }

        var job = await FindAsync(id);
        Assert.Equal(JobState.Failed, job.State);
        Assert.Equivalent(_error, job.Error);
        Assert.Equal(["failed", "failed", "failed"], job.Attempts.Select(attempt => attempt.Outcome));
        Assert.Null(await Store.ClaimAsync(Requests.Runner(_runner, _engine), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_cannot_succeed_is_not_tried_again()
    {
        var claim = await ClaimAsync();

        Assert.True(await Store.FailAsync(claim.Holder!, _error with { Retryable = false }));

        var job = await FindAsync(claim.Id);
        Assert.Equal((JobState.Failed, false), (job.State, job.Error?.Retryable));
        Assert.Null(await Store.ClaimAsync(Requests.Runner(_runner, _engine), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_drain_burns_no_attempt_and_keeps_the_place_in_the_queue()
    {
        var first = await SubmitAsync();
        await SubmitAsync();
        for (var drain = 0; drain < 5; drain++)
        {
            var claim = await Store.ClaimAsync(Requests.Runner(_runner, _engine), TestContext.Current.CancellationToken);
            Assert.Equal(first, claim?.Id);
            Assert.True(await Store.ReleaseAsync(claim!.Holder!));
        }

        Assert.Equal(JobState.Queued, (await FindAsync(first)).State);
    }

    [Fact]
    public async Task A_cancel_fences_the_runner_and_is_final()
    {
        var claim = await ClaimAsync();

        Assert.True(await Store.CancelAsync(claim.Id));

        Assert.False(await Store.CompleteAsync(claim.Holder!, _video));
        Assert.False(await Store.CancelAsync(claim.Id));
        var job = await FindAsync(claim.Id);
        Assert.Equal(JobState.Canceled, job.State);
        Assert.Null(job.Video);
    }

    [Fact]
    public async Task A_canceled_job_is_not_claimed_any_more()
    {
        var id = await SubmitAsync();

        Assert.True(await Store.CancelAsync(id));

        Assert.Null(await Store.ClaimAsync(Requests.Runner(_runner, _engine), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_runner_that_registers_again_loses_what_it_held()
    {
        var other = await ClaimAsync(Guid.NewGuid().ToString("n"));
        var held = await ClaimAsync();

        await Store.RegisterAsync(Requests.Registration(_runner, _engine));

        Assert.Equal("lost", (await FindAsync(held.Id)).Attempts.Single().Outcome);
        Assert.Equal(held.Id, (await Store.ClaimAsync(Requests.Runner(_runner, _engine), TestContext.Current.CancellationToken))?.Id);
        Assert.Equal(JobState.Running, (await FindAsync(other.Id)).State);
    }

    [Fact]
    public async Task Progress_and_output_are_kept()
    {
        var claim = await ClaimAsync();

        Assert.Equal(RunnerCommand.Continue, await Store.HeartbeatAsync(claim.Holder!, new(new(Phase.Sampling, 42, 2, 5, 30), ["one", "two"])));

        Assert.Equal(new GenerationProgress(Phase.Sampling, 42, 2, 5, 30), (await FindAsync(claim.Id)).Progress);
        Assert.Equal(["one", "two"], await Store.LogAsync(claim.Id));
    }

    [Fact]
    public async Task The_log_is_capped()
    {
        var claim = await ClaimAsync();
        for (var block = 0; block < 3; block++)
            await Store.HeartbeatAsync(claim.Holder!, new(new(Phase.Loading, 0, 0, 5), [.. Enumerable.Range(block * 600, 600).Select(line => $"line {line}")]));

        var log = await Store.LogAsync(claim.Id);

        Assert.Equal(1000, log.Count);
        Assert.Equal("line 1799", log[^1]);
    }

    [Fact]
    public async Task Pages_go_on_where_the_page_before_ended()
    {
        var owner = Guid.NewGuid().ToString("n");
        var ids = new List<string>();
        for (var job = 0; job < 5; job++)
            ids.Add(await SubmitAsync(owner));
        ids.Sort(StringComparer.Ordinal);
        ids.Reverse();

        var first = await Store.ListAsync(new(owner), null, 3);
        var second = await Store.ListAsync(new(owner), first[^1].Id, 3);

        Assert.Equal(ids, first.Concat(second).Select(job => job.Id));
    }

    private async Task<Job> FindAsync(string id) => await Store.FindAsync(id) ?? throw new InvalidOperationException("The job is gone.");

    private async Task<string> SubmitAsync(string owner = "someone")
    {
        var id = JobStore.NewId();
        await Store.SubmitAsync(new(id, owner, Requests.For(_engine)));
        return id;
    }

    private async Task<ClaimedJob> ClaimAsync(string? runner = null)
    {
        await SubmitAsync();
        return await Store.ClaimAsync(Requests.Runner(runner ?? _runner, _engine), TestContext.Current.CancellationToken) ?? throw new InvalidOperationException("Nothing was queued.");
    }
}

using Microsoft.Extensions.DependencyInjection;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Jobs;

public sealed class LeaseTests(LeaseTests.ShortLeases web) : IClassFixture<LeaseTests.ShortLeases>
{
    [Fact(Timeout = 30_000)]
    public async Task A_runner_that_falls_silent_loses_the_job_and_after_three_times_the_job_has_failed()
    {
        var id = JobStore.NewId();
        await web.Jobs.SubmitAsync(new(id, "someone", Requests.For("silent")));

        Job? last = null;
        await foreach (var job in web.Services.GetRequiredService<JobWatcher>().FollowAsync(id, TestContext.Current.CancellationToken))
        {
            if (job.State == JobState.Queued)
                await web.Jobs.ClaimAsync(Requests.Runner("runner", "silent"), TestContext.Current.CancellationToken);
            last = job;
        }

        Assert.Equal(JobState.Failed, last?.State);
        Assert.Equal("lease_lost", last?.Error?.Code);
        Assert.Equal(["lost", "lost", "lost"], last?.Attempts.Select(attempt => attempt.Outcome));
    }

    [Fact]
    public async Task An_expired_lease_that_was_renewed_in_between_is_not_taken()
    {
        var id = JobStore.NewId();
        await web.Jobs.SubmitAsync(new(id, "someone", Requests.For("renewed")));
        var claim = await web.Jobs.ClaimAsync(Requests.Runner("runner", "renewed"), TestContext.Current.CancellationToken);

        for (var beat = 0; beat < 20; beat++)
        {
            await web.Jobs.SweepAsync();
            Assert.Equal(RunnerCommand.Continue, await web.Jobs.HeartbeatAsync(claim!.Holder!, new(new(Phase.Sampling, beat, 1, 5), [])));
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task A_job_that_cannot_be_read_keeps_no_other_from_being_put_back()
    {
        var redis = web.Services.GetRequiredService<RedisConnection>().Database;
        await redis.HashSetAsync(Keys.Job("unreadable"), [new("state", "running"), new("attempt", 1), new("engine", "x"), new("createdAt", 1), new("request", "{")]);
        await redis.SortedSetAddAsync(Keys.Leases, "unreadable", 1);
        await redis.SortedSetAddAsync(Keys.Leases, "not there", 2);
        var id = JobStore.NewId();
        await web.Jobs.SubmitAsync(new(id, "someone", Requests.For("readable")));
        await web.Jobs.ClaimAsync(Requests.Runner("runner", "readable"), TestContext.Current.CancellationToken);

        await foreach (var job in web.Services.GetRequiredService<JobWatcher>().FollowAsync(id, TestContext.Current.CancellationToken))
        {
            if (job.State == JobState.Queued)
                return;
        }
    }

    public sealed class ShortLeases() : TestWeb(new()
    {
        ["Embedded:Runner"] = "false",
        ["Jobs:Lease"] = "00:00:01",
        ["Jobs:SweepEvery"] = "00:00:00.1",
    });
}

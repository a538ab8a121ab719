namespace MultiTalk.Tests.Faults;

/// <summary>SIGSTOP for longer than a lease, then SIGCONT: a machine that was suspended, or swapped itself to death.</summary>
public sealed class FrozenTests
{
    private static readonly TimeSpan _lease = TimeSpan.FromSeconds(3);

    [Fact(Timeout = 120_000)]
    public async Task A_runner_that_froze_past_its_lease_is_fenced_and_kills_its_script_while_another_succeeds()
    {
        await using var cluster = await StartAsync(TestContext.Current.CancellationToken);
        var held = cluster.Gate.HoldAsync(Gate.Started);
        var zombie = await cluster.StartRunnerAsync();
        var job = await cluster.SubmitAsync(TestContext.Current.CancellationToken);
        var first = await held;

        zombie.Send(Signal.Stop);
        held = cluster.Gate.HoldAsync(Gate.Started);
        await cluster.StartRunnerAsync();
        var second = await held;
        Assert.Equal((first.Job, first.Attempt + 1), (second.Job, second.Attempt));
        var fenced = zombie.NextLineAsync("was canceled or given to another runner");
        zombie.Send(Signal.Continue);
        await first.DeadAsync();
        await fenced;
        second.Go();

        await AssertSucceededAsync(cluster, job.Id, "lost", "succeeded");
    }

    [Fact(Timeout = 120_000)]
    public async Task A_runner_that_froze_with_its_video_written_cannot_publish_it_after_another_began()
    {
        await using var cluster = await StartAsync(TestContext.Current.CancellationToken);
        var held = cluster.Gate.HoldAsync(Gate.Written);
        var zombie = await cluster.StartRunnerAsync();
        var job = await cluster.SubmitAsync(TestContext.Current.CancellationToken);
        var first = await held;

        zombie.Send(Signal.Stop);
        held = cluster.Gate.HoldAsync(Gate.Started);
        await cluster.StartRunnerAsync();
        var second = await held;
        // Its script ends well while it is frozen, so that it wakes up with a result in its hands.
        first.Go();
        await first.DeadAsync();
        var fenced = zombie.NextLineAsync("was canceled or given to another runner");
        zombie.Send(Signal.Continue);
        await fenced;
        second.Go();

        await AssertSucceededAsync(cluster, job.Id, "lost", "succeeded");
    }

    [Theory(Timeout = 120_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_Web_or_a_Redis_that_froze_for_longer_than_a_lease_takes_no_job_from_its_runner(bool redis)
    {
        await using var cluster = await StartAsync(TestContext.Current.CancellationToken);
        var held = cluster.Gate.HoldAsync(Gate.Started);
        await cluster.StartRunnerAsync();
        var job = await cluster.SubmitAsync(TestContext.Current.CancellationToken);
        var script = await held;

        var frozen = redis ? cluster.RedisServer : cluster.Webs[0];
        frozen.Send(Signal.Stop);
        // Not a wait for something: the fault itself lasts so long.
        await Task.Delay(1.5 * _lease, TestContext.Current.CancellationToken);
        frozen.Send(Signal.Continue);
        script.Go();

        await AssertSucceededAsync(cluster, job.Id, "succeeded");
    }

    private static Task<Cluster> StartAsync(CancellationToken cancellationToken) => Cluster.StartAsync(1, cancellationToken, ("Jobs__Lease", _lease.ToString()));

    private static async Task AssertSucceededAsync(Cluster cluster, string id, params string[] outcomes)
    {
        var history = new HistoryChecker();
        var ended = await cluster.FollowAsync(id, history);
        Outcome.AssertIs(ended, outcomes);
        await Results.AssertTrueAsync(cluster.Client, ended);
        await Leftovers.AssertNoneAsync(cluster);
        history.AssertSound();
    }
}

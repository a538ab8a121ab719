using MultiTalk.Web.Api;

namespace MultiTalk.Tests.Faults;

/// <summary>kill -9 of a runner, its script or both, wherever it hurts. An orchestrator starts the runner again.</summary>
public sealed class KilledRunnerTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private readonly Cluster _cluster = shared.Cluster;

    [Fact(Timeout = 120_000)]
    public async Task A_runner_that_is_killed_as_it_waits_for_work_costs_the_next_job_nothing()
    {
        using var runner = await _cluster.StartRunnerAsync();
        await runner.KillAsync();

        var job = await _cluster.SubmitAsync(TestContext.Current.CancellationToken);
        await runner.StartAsync();

        // Its long poll may have been answered with the job before the broken connection was seen: then the job was given back.
        var ended = await EndAsync(job.Id);
        Outcome.AssertIs(ended, ended.Attempts.Count == 1 ? ["succeeded"] : ["released", "succeeded"]);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_runner_that_is_killed_before_it_learns_of_its_claim_loses_the_job_to_the_next_start()
    {
        var job = await _cluster.SubmitAsync(TestContext.Current.CancellationToken);
        var claim = _cluster.Forwarder.Hold("/runner/v1/claim", answer: true);
        using var runner = await _cluster.StartRunnerAsync();
        await claim.ArrivedAsync();

        await runner.KillAsync();
        claim.Release();
        await runner.StartAsync();

        Outcome.AssertIs(await EndAsync(job.Id), "lost", "succeeded");
    }

    [Theory(Timeout = 120_000)]
    [InlineData(Gate.Started, true, false)]
    [InlineData(Gate.Started, false, true)]
    [InlineData(Gate.Started, true, true)]
    [InlineData(Gate.Written, true, false)]
    [InlineData(Gate.Written, false, true)]
    [InlineData(Gate.Written, true, true)]
    public async Task A_runner_or_script_that_is_killed_midway_or_with_its_video_written_costs_one_attempt(string point, bool killRunner, bool killScript)
    {
        var held = _cluster.Gate.HoldAsync(point);
        using var runner = await _cluster.StartRunnerAsync();
        var job = await _cluster.SubmitAsync(TestContext.Current.CancellationToken);
        var script = await held;

        // The launcher too: it would end the script in its own way.
        var processes = Leftovers.Scripts(_cluster).ToList();
        if (killRunner)
            await runner.KillAsync();
        if (killScript)
            processes.ForEach(process => Signal.Kill.Send(process));
        await script.DeadAsync();
        if (killRunner)
            await runner.StartAsync();

        Outcome.AssertIs(await EndAsync(job.Id), killRunner ? "lost" : "failed", "succeeded");
    }

    [Fact(Timeout = 120_000)]
    public async Task A_runner_that_is_killed_before_the_Web_hears_that_it_is_done_publishes_nothing_later()
    {
        using var runner = await _cluster.StartRunnerAsync();
        var complete = _cluster.Forwarder.Hold("/complete");
        var job = await _cluster.SubmitAsync(TestContext.Current.CancellationToken);
        await complete.ArrivedAsync();

        await runner.KillAsync();
        var held = _cluster.Gate.HoldAsync(Gate.Started);
        await runner.StartAsync();
        var second = await held;
        // The call of the dead runner arrives after all, while the second attempt holds the job.
        complete.Release();
        second.Go();

        Outcome.AssertIs(await EndAsync(job.Id), "lost", "succeeded");
    }

    [Fact(Timeout = 120_000)]
    public async Task A_runner_that_is_killed_before_it_hears_that_the_Web_has_published_changes_nothing_any_more()
    {
        using var runner = await _cluster.StartRunnerAsync();
        var complete = _cluster.Forwarder.Hold("/complete", answer: true);
        var job = await _cluster.SubmitAsync(TestContext.Current.CancellationToken);
        await complete.ArrivedAsync();

        await runner.KillAsync();
        complete.Release();
        await runner.StartAsync();

        Outcome.AssertIs(await EndAsync(job.Id), "succeeded");
    }

    // The job's end, with a true result and nothing left.
    private async Task<JobDocument> EndAsync(string id)
    {
        var history = new HistoryChecker();
        var ended = await _cluster.FollowAsync(id, history);
        await Results.AssertTrueAsync(_cluster.Client, ended);
        await Leftovers.AssertNoneAsync(_cluster);
        history.AssertSound();
        return ended;
    }
}

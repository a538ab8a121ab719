using System.Diagnostics;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Faults;

/// <summary>Cancels, drains and jobs that nothing can save.</summary>
public sealed class EndedByPeopleTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    // What is promised for a cancel and for a stop.
    private static readonly TimeSpan _promised = TimeSpan.FromSeconds(10);

    private readonly Cluster _cluster = shared.Cluster;

    [Fact(Timeout = 120_000)]
    public async Task A_cancel_ends_a_running_job_at_once_and_its_processes_within_ten_seconds()
    {
        var held = _cluster.Gate.HoldAsync(Gate.Started);
        using var runner = await _cluster.StartRunnerAsync();
        var job = await _cluster.SubmitAsync(TestContext.Current.CancellationToken);
        var script = await held;
        var processes = Leftovers.Scripts(_cluster).ToList();
        Assert.Contains(script.Process, processes);

        var asked = Stopwatch.StartNew();
        await _cluster.CancelAsync(job.Id);
        Assert.Equal(JobState.Canceled, (await _cluster.JobAsync(job.Id)).State);
        await script.DeadAsync();
        await Leftovers.AssertNoneAsync(_cluster);

        Say($"A cancel freed {processes.Count} processes and the workspace in {asked.Elapsed.TotalSeconds:0.00} s.");
        Assert.True(asked.Elapsed < _promised, $"It took {asked.Elapsed}.");
    }

    [Fact(Timeout = 120_000)]
    public async Task A_cancel_of_a_queued_job_is_final_at_once()
    {
        var job = await _cluster.SubmitAsync(TestContext.Current.CancellationToken);

        var asked = Stopwatch.StartNew();
        await _cluster.CancelAsync(job.Id);
        Say($"A cancel of a queued job took {asked.Elapsed.TotalMilliseconds:0} ms.");

        var canceled = await _cluster.JobAsync(job.Id);
        Assert.Equal((JobState.Canceled, 0), (canceled.State, canceled.Attempts.Count));
        await Leftovers.AssertNoneAsync(_cluster);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_runner_that_is_told_to_end_gives_its_job_back_within_ten_seconds_without_a_failure()
    {
        var held = _cluster.Gate.HoldAsync(Gate.Started);
        using var told = await _cluster.StartRunnerAsync();
        var job = await _cluster.SubmitAsync(TestContext.Current.CancellationToken);
        var script = await held;

        var (exitCode, took) = await told.TerminateAsync();
        await script.DeadAsync();
        Say($"A runner with a job ended in {took.TotalSeconds:0.00} s after SIGTERM.");
        var waiting = await _cluster.JobAsync(job.Id);
        using var other = await _cluster.StartRunnerAsync();
        var ended = await _cluster.FollowAsync(job.Id);

        Assert.Equal(0, exitCode);
        Assert.True(took < _promised, $"It took {took}.");
        Assert.Equal(JobState.Queued, waiting.State);
        Outcome.AssertIs(ended, "released", "succeeded");
        await Leftovers.AssertNoneAsync(_cluster);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_job_whose_script_always_crashes_fails_with_its_diagnosis_and_stops_no_other()
    {
        var held = _cluster.Gate.HoldAsync(Gate.Started);
        using var runner = await _cluster.StartRunnerAsync();
        var poison = await _cluster.SubmitAsync(TestContext.Current.CancellationToken);
        var other = await _cluster.SubmitAsync(TestContext.Current.CancellationToken);

        for (var failures = 0; failures < 3;)
        {
            var script = await held;
            if (failures < 2 || script.Job != poison.Id)
                held = _cluster.Gate.HoldAsync(Gate.Started);
            if (script.Job != poison.Id)
            {
                script.Go();
                continue;
            }

            failures++;
            script.Crash();
        }

        var failed = await _cluster.FollowAsync(poison.Id);
        Outcome.AssertIs(failed, "failed", "failed", "failed");
        Assert.Contains(failed.Error!.Lines, line => line.Contains("poisoned by the test", StringComparison.Ordinal));
        // Nobody may wait at the gate for a test that has left.
        var succeeded = await _cluster.FollowAsync(other.Id);
        Outcome.AssertIs(succeeded, "succeeded");
        await Leftovers.AssertNoneAsync(_cluster);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_job_that_kills_every_runner_fails_as_lost_and_stops_no_other()
    {
        using var runner = await _cluster.StartRunnerAsync();
        var held = _cluster.Gate.HoldAsync(Gate.Started);
        var poison = await _cluster.SubmitAsync(TestContext.Current.CancellationToken);
        for (var failures = 0; failures < 3; failures++)
        {
            var script = await held;
            Assert.Equal(poison.Id, script.Job);
            if (failures < 2)
                held = _cluster.Gate.HoldAsync(Gate.Started);
            await runner.KillAsync();
            await runner.StartAsync();
        }

        var failed = await _cluster.FollowAsync(poison.Id);
        Assert.Equal((JobState.Failed, "lease_lost"), (failed.State, failed.Error?.Code));
        Outcome.AssertIs(failed, "lost", "lost", "lost");
        var other = await _cluster.SubmitAsync(TestContext.Current.CancellationToken);
        Outcome.AssertIs(await _cluster.FollowAsync(other.Id), "succeeded");
        await Leftovers.AssertNoneAsync(_cluster);
    }

    private static void Say(FormattableString what) => TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant(what));
}

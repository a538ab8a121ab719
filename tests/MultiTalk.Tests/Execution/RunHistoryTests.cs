using System.Text;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Execution;

public sealed class RunHistoryTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Fact]
    public void Runs_are_remembered_over_a_restart_and_make_the_next_estimate()
    {
        var plan = Plans.Of(segments: 5, steps: 20, samples: 160_000);
        var units = Workload.Units(plan);
        var history = new RunHistory(_directory.Path);
        history.Add(plan, new(10, 2, 100 / units, 1, 3));
        history.Add(plan, new(20, 4, 200 / units, 3, 5, LateSteps: 0.5));

        var run = Assert.Single(new RunHistory(_directory.Path).Measurements);

        Assert.Equal((plan.Engine, 2), (run.Engine, run.Runs));
        Assert.Equal((15, 3, 2, 4, 0.5), (run.Seconds.Loading, run.Seconds.FirstStep, run.Seconds.Decoding, run.Seconds.Saving, run.Seconds.LateSteps));
        Assert.Equal(150, run.Seconds.PerUnit * units, 0.001);
        // 15 + 3 + 150 + 5 · 2 + 4 s.
        Assert.Equal(Math.Round(182 / 60d, 2), Planner.For(plan, new() { Blockers = [], Measurements = [run] }).Estimate.Minutes);
    }

    [Fact]
    public void The_last_eight_runs_count_most()
    {
        var plan = Plans.Of();
        var history = new RunHistory(_directory.Path);
        for (var run = 0; run < 20; run++)
            history.Add(plan, new(100, 1, 1, 1, 1));
        for (var run = 0; run < 8; run++)
            history.Add(plan, new(200, 1, 1, 1, 1));

        Assert.Equal(28, Assert.Single(history.Measurements).Runs);
        Assert.InRange(history.Measurements[0].Seconds.Loading, 160, 180);
    }

    [Fact]
    public void What_tells_nothing_is_not_remembered()
    {
        var history = new RunHistory(_directory.Path);
        history.Add(Plans.Of(), null);
        history.Add(Plans.Of() with { Script = "A guess" }, new(1, 1, 1, 1, 1));

        Assert.Empty(history.Measurements);
    }

    [Fact]
    public void A_recorded_run_is_remembered_in_its_parts()
    {
        var seconds = Replay("single-streaming", _ => true)!;

        // As the recording's README has them.
        Assert.Equal(19.6, seconds.Loading, 0.1);
        Assert.Equal(5.1 + 9, seconds.FirstStep, 1.0);
        Assert.Equal((14.8 + 8.6) / 2, seconds.Decoding, 0.1);
        Assert.Equal(4.5 + 2.5, seconds.Saving, 1.0);
        Assert.InRange(seconds.PerUnit * Workload.Units(Plans.Of(2)), 9, 12);
    }

    [Theory]
    [InlineData("INFO: Generating video")]
    [InlineData("INFO: Saving generated video")]
    [InlineData("| 8/8 [")]
    [InlineData("| 0/8 [")]
    public void A_run_that_was_seen_in_part_is_not_remembered(string missing)
    {
        Assert.NotNull(Replay("single-streaming", _ => true));
        Assert.Null(Replay("single-streaming", text => !text.Contains(missing, StringComparison.Ordinal) && !text.Contains("Saving video", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("single-streaming", 1)]
    [InlineData("single-streaming", 3)]
    [InlineData("cancelled-sigterm", 1)]
    public void A_run_that_did_something_else_than_planned_is_not_remembered(string name, int segments) => Assert.Null(Replay(name, _ => true, segments));

    [Theory]
    [InlineData("")]
    [InlineData("[{\"engine\":")]
    [InlineData("null")]
    [InlineData("[null]")]
    [InlineData("[{\"engine\":\"preview\",\"gpus\":1,\"secondsPerUnit\":1,\"fixedSeconds\":1,\"runs\":1}]")]
    [InlineData("[{\"engine\":\"preview\",\"gpus\":1,\"runs\":1,\"seconds\":null}]")]
    [InlineData("[{\"engine\":\"preview\",\"gpus\":1,\"runs\":1,\"seconds\":{\"loading\":-1,\"firstStep\":1,\"perUnit\":1,\"decoding\":1,\"saving\":1}}]")]
    public void A_damaged_memory_is_an_empty_one(string content)
    {
        File.WriteAllText(_directory["measurements.json"], content);

        Assert.Empty(new RunHistory(_directory.Path).Measurements);
    }

    public void Dispose() => _directory.Dispose();

    private static RunSeconds? Replay(string name, Predicate<string> heard, int segments = 2)
    {
        var script = new Script(Plans.Of(segments));
        var transcript = Transcript.Load(name);
        foreach (var (seconds, error, bytes) in transcript.Reads)
        {
            script.Pass(seconds - script.Seconds);
            if (heard(Encoding.UTF8.GetString(bytes)))
                script.Reader.Read(error, bytes);
        }

        script.Pass(2.5);
        script.Reader.Enter(Phase.Verifying);
        return script.Reader.Durations;
    }
}

using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Execution;

public sealed class EtaTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Theory]
    // Seconds of loading, encoding, compiling, a computed step, a later one, decoding, saving.
    [InlineData(20, false, 160, 6, 9, 35, 35, 15, 10)]
    [InlineData(4, false, 60, 6, 40, 12, 12, 12, 8)]
    [InlineData(20, true, 160, 6, 60, 35, 15, 15, 10)]
    [InlineData(20, true, 160, 6, 60, 10, 2, 15, 10)]
    [InlineData(40, true, 30, 2, 5, 3, 3, 15, 10)]
    [InlineData(1, false, 30, 2, 5, 30, 30, 15, 10)]
    public void With_an_earlier_run_the_end_is_known_from_the_third_step_on(
        int steps, bool teacache, double loading, double encoding, double compiling, double full, double late, double decoding, double saving)
    {
        var timeline = new Timeline(loading, encoding, compiling, full, late, decoding, saving);
        var plan = Script.Plan(steps, teacache);
        var history = new RunHistory(_directory.Path);
        history.Add(plan, Play(plan, timeline, []).Durations);
        Assert.Single(history.Measurements);

        foreach (var factor in new[] { 1, 1.2, 0.8 })
        {
            // Another machine load: every step takes more, or less.
            var (moments, _) = Play(plan, timeline with { Full = full * factor, Late = late * factor }, history.Measurements);

            var end = moments[^1].At;
            Assert.All(moments.SkipWhile(moment => moment.Progress.Segment <= 1 && moment.Progress.Step < 3), moment =>
                Assert.InRange(moment.Progress.EtaSeconds!.Value, (0.75 * (end - moment.At)) - 2, (1.25 * (end - moment.At)) + 2));
        }
    }

    [Fact]
    public void Without_one_the_end_is_known_when_the_first_segment_is_done()
    {
        var plan = Script.Plan(20, teacache: true);
        // Three times as fast as was published.
        var (moments, _) = Play(plan, new(30, 5, 20, 12, 5, 12, 8), []);

        Assert.Equal(plan.Estimate.Minutes * 60, moments[0].Progress.EtaSeconds!.Value, plan.Estimate.Minutes * 60 * 0.02);
        var end = moments[^1].At;
        Assert.All(moments.SkipWhile(moment => moment.Progress.Segment <= 1), moment =>
            Assert.InRange(moment.Progress.EtaSeconds!.Value, (0.75 * (end - moment.At)) - 2, (1.25 * (end - moment.At)) + 2));
    }

    [Theory]
    [InlineData(15, 100)]
    [InlineData(5, 20)]
    public void Neither_the_first_step_nor_the_sixth_makes_the_end_jump(double late, double compiling)
    {
        var plan = Script.Plan(20, teacache: true);
        var timeline = new Timeline(100, 5, compiling, 35, late, 15, 10);
        var history = new RunHistory(_directory.Path);
        history.Add(plan, Play(plan, timeline, []).Durations);

        var (moments, _) = Play(plan, timeline, history.Measurements);

        var ends = moments.Select(moment => moment.At + moment.Progress.EtaSeconds!.Value).ToList();
        Assert.All(ends.Zip(ends.Skip(1)), pair => Assert.InRange(pair.Second / pair.First, 0.97, 1.03));
    }

    [Fact]
    public void Steps_that_are_skipped_or_not_by_turns_do_not_make_it_swing()
    {
        var plan = Script.Plan(20, teacache: true);
        var script = new Script(plan, [new(plan.Engine, 1, new(60, 15, 40 * 13.175 * plan.Segments / Workload.Units(plan), 15, 10, 0.545), 3)]);
        script.Wait(60);
        script.Log("Generating video ...");
        script.Wait(5);
        var ends = new List<double>();
        for (var segment = 1; segment <= plan.Segments; segment++)
        {
            for (var step = 0; step <= 20; step++)
            {
                script.Wait(step == 0 ? 15 : step <= 5 || step % 2 == 0 ? 40 : 1);
                script.Bar(step, 20);
                ends.Add(script.Seconds + script.Now.EtaSeconds!.Value);
            }
        }

        Assert.All(ends.Zip(ends.Skip(1)), pair => Assert.InRange(pair.Second / pair.First, 0.9, 1.1));
    }

    [Fact]
    public void Nothing_is_told_before_the_script_starts_and_after_it_has_ended()
    {
        var script = new Script(Script.Plan());
        Assert.Null(script.Listener.Progress[0].EtaSeconds);
        script.Reader.Enter(Phase.Verifying);
        Assert.Null(script.Now.EtaSeconds);
    }

    public void Dispose() => _directory.Dispose();

    // What was told after every second and every step, and what the run teaches.
    private static (List<(double At, GenerationProgress Progress)> Moments, RunSeconds? Durations) Play(GenerationPlan plan, Timeline timeline, IReadOnlyList<Measurement> measurements)
    {
        var script = new Script(plan, measurements);
        var moments = new List<(double, GenerationProgress)>();
        Note();
        Wait(timeline.Loading);
        script.Log("Generating video ...");
        Wait(timeline.Encoding);
        for (var segment = 1; segment <= plan.Segments; segment++)
        {
            for (var step = 0; step <= plan.Steps; step++)
            {
                if (step > 0)
                    Wait((step <= 5 ? timeline.Full : timeline.Late) + (segment == 1 && step == 1 ? timeline.Compiling : 0));
                script.Bar(step, plan.Steps);
                Note();
            }

            Wait(timeline.Decoding);
        }

        script.Log("Saving generated video to output.mp4");
        Wait(timeline.Saving - 3);
        script.Log("Finished.");
        Wait(3);
        script.Reader.Enter(Phase.Verifying);
        return (moments, script.Reader.Durations);

        void Wait(double seconds)
        {
            for (var left = seconds; left > 0; left--)
            {
                script.Wait(Math.Min(1, left));
                Note();
            }
        }

        void Note() => moments.Add((script.Seconds, script.Now));
    }

    private sealed record Timeline(double Loading, double Encoding, double Compiling, double Full, double Late, double Decoding, double Saving);
}

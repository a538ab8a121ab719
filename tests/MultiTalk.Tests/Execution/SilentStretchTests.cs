using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Execution;

public sealed class SilentStretchTests
{
    private readonly GenerationPlan _plan = Script.Plan(steps: 4);

    [Theory]
    [InlineData(1)]
    [InlineData(1.5)]
    [InlineData(20)]
    public void The_percentage_moves_on_but_never_to_where_the_next_sign_puts_it(double slower)
    {
        var script = new Script(_plan, Measured());
        Stretch(100, () => script.Log("Generating video ..."));
        Stretch(45, () =>
        {
            script.Bar(0, 4);
            script.Bar(1, 4);
        });
        for (var segment = 1; segment <= _plan.Segments; segment++)
        {
            if (segment > 1)
                script.Bar(0, 4);
            for (var step = segment > 1 ? 1 : 2; step <= 4; step++)
                Stretch(30, () => script.Bar(step, 4));
            if (segment < _plan.Segments)
                Stretch(15, () => script.Bar(0, 4));
        }

        Stretch(15, () => script.Log("Saving generated video to output.mp4"));
        Stretch(10, () => script.Log("Finished."));
        script.Reader.Enter(Phase.Verifying);

        void Stretch(double usual, Action ends)
        {
            var told = script.Listener.Progress.Count;
            var before = script.Now;
            script.Wait(usual * slower);
            var during = script.Listener.Progress.Skip(told - 1).ToList();
            ends();

            Assert.True(during[^1].Percent > before.Percent, $"{before} did not move in {usual} s.");
            Assert.True(during[^1].Percent <= script.Now.Percent, $"{during[^1]} was ahead of {script.Now}.");
            Assert.All(during.Zip(during.Skip(1)), pair => Assert.True(pair.Second.Percent >= pair.First.Percent && pair.Second.EtaSeconds <= pair.First.EtaSeconds && pair.Second.EtaSeconds >= 0));
            // What is told is what takes so long that nothing else can be said of it.
            Assert.InRange(during[^1].Percent - before.Percent, 0.7 * (script.Now.Percent - before.Percent), 0.1 + script.Now.Percent - before.Percent);
        }
    }

    [Fact]
    public void A_stretch_that_has_taken_as_long_as_usual_is_not_at_its_end()
    {
        var script = new Script(_plan, Measured());
        script.Wait(100);
        var before = script.Now.Percent;
        script.Log("Generating video ...");
        Assert.True(script.Now.Percent > before);
    }

    [Fact]
    public void From_ten_seconds_on_it_is_told_how_long_it_is_quiet_and_how_long_that_usually_takes()
    {
        var script = new Script(_plan, Measured());
        script.Wait(9);
        Assert.Equal((null, null), (script.Now.QuietSeconds, script.Now.UsualSeconds));
        script.Wait(1);
        Assert.Equal((10, 100), (script.Now.QuietSeconds, script.Now.UsualSeconds));
        script.Say("some line\n");
        script.Wait(1);
        Assert.Equal((null, null), (script.Now.QuietSeconds, script.Now.UsualSeconds));

        script.Log("Generating video ...");
        script.Bar(0, 4);
        script.Wait(30);
        Assert.Equal((30, 45), (script.Now.QuietSeconds, script.Now.UsualSeconds));
        script.Bar(1, 4);
        Assert.Null(script.Now.QuietSeconds);
    }

    [Fact]
    public void What_usually_takes_how_long_is_not_told_before_it_was_seen()
    {
        var script = new Script(_plan);
        Assert.Null(UsualAfter(20));
        script.Log("Generating video ...");
        script.Bar(0, 4);
        Assert.Null(UsualAfter(20));
        script.Bar(1, 4);
        Assert.Null(UsualAfter(20));
        script.Bar(2, 4);
        Assert.NotNull(UsualAfter(20));
        script.Bar(4, 4);
        Assert.Null(UsualAfter(20));
        script.Bar(0, 4);
        script.Bar(4, 4);
        Assert.NotNull(UsualAfter(20));

        double? UsualAfter(double seconds)
        {
            script.Wait(seconds);
            Assert.Equal(seconds, script.Now.QuietSeconds);
            return script.Now.UsualSeconds;
        }
    }

    [Fact]
    public void A_tick_tells_nothing_if_nothing_has_changed()
    {
        var script = new Script(_plan, Measured());
        script.Wait(5);
        var told = script.Listener.Progress.Count;
        script.Reader.Tick();
        script.Pass(0.001);
        script.Reader.Tick();
        Assert.Equal(told, script.Listener.Progress.Count);

        script.Reader.Enter(Phase.Verifying);
        script.Wait(100);
        Assert.Equal((told + 1, null), (script.Listener.Progress.Count, script.Now.QuietSeconds));
    }

    [Fact]
    public void While_it_loads_and_saves_any_output_is_a_sign_of_life_in_between_only_steps_segments_and_phases()
    {
        var script = new Script(_plan);
        Silent(Stretch.Loading, 5, 5);
        script.Say("x", error: true);
        Silent(Stretch.Loading, 5, 5);
        script.Log("Generating video ...");
        Silent(Stretch.FirstStep, 5, 5);
        script.Say("FutureWarning: something\n", error: true);
        Silent(Stretch.FirstStep, 5, 10);
        script.Bar(0, 4);
        Silent(Stretch.FirstStep, 5, 5);
        script.Bar(1, 4);
        Silent(Stretch.Step, 5, 5);
        script.Say("diff_norm: tensor([[[[77.2825]]]], device='cuda:0')\n");
        script.Bar(1, 4);
        Silent(Stretch.Step, 5, 10);
        script.Bar(2, 4);
        Silent(Stretch.Step, 5, 5);
        script.Bar(4, 4);
        Silent(Stretch.BetweenSegments, 5, 5);
        script.Bar(4, 4);
        Silent(Stretch.BetweenSegments, 5, 10);
        script.Bar(0, 4);
        Silent(Stretch.Step, 5, 5);
        script.Bar(4, 4);
        script.Log("Saving generated video to output.mp4");
        Silent(Stretch.Saving, 5, 5);
        script.Say("frame=   50 fps=0.0\r", error: true);
        Silent(Stretch.Saving, 5, 5);
        script.Log("Finished.");
        Silent(Stretch.Saving, 5, 5);

        void Silent(Stretch stretch, int wait, int seconds)
        {
            script.Wait(wait);
            Assert.Equal((stretch, TimeSpan.FromSeconds(seconds)), script.Reader.Silence);
        }
    }

    [Fact]
    public void Bars_without_end_are_silence()
    {
        var script = new Script(_plan);
        script.Log("Generating video ...");
        for (var segment = 1; segment <= _plan.Segments + 20; segment++)
        {
            for (var step = 0; step <= 4; step++)
            {
                script.Wait(1);
                script.Bar(step, 4);
            }
        }

        Assert.Equal((Stretch.BetweenSegments, TimeSpan.FromSeconds(20 * 5)), script.Reader.Silence);
        Assert.Equal((_plan.Segments, Phase.Decoding), (script.Now.Segment, script.Now.Phase));
    }

    // Per step 30 s.
    private Measurement[] Measured() => [new(_plan.Engine, 1, new(100, 15, 30 * 4 * _plan.Segments / Workload.Units(_plan), 15, 10), 1)];
}

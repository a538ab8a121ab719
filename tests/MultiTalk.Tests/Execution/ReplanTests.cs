using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Execution;

public sealed class ReplanTests
{
    // Two segments by guess.
    private readonly GenerationPlan _spoken =
        Planner.Plan(new("A woman talks", new(640, 640), [new(Text: "Good morning, and welcome to the show, my friends. Today we talk about it.", TtsVoice: "af_heart")], new() { Steps = 4, Seed = 1 }), Engine.MultiTalk);

    [Fact]
    public void When_the_text_was_spoken_the_plan_becomes_exact()
    {
        var script = new Script(_spoken);
        var calls = 0;
        script.Reader.OnVoicesReady = () =>
        {
            calls++;
            script.Reader.Replan(Spoken.Exactly(_spoken, 240_000, 24_000)!);
        };
        script.Wait(60);
        script.Log("Generation model config: {'INFO': 'Creating MultiTalk pipeline'}");
        Assert.Equal(0, calls);
        var before = script.Now;
        script.Log("Creating MultiTalk pipeline.");
        script.Log("Creating MultiTalk pipeline.");

        Assert.Equal((1, 5, 5, false), (calls, script.Now.Segments, script.Reader.Plan.Segments, script.Reader.Plan.LengthIsGuess));
        Assert.True(script.Now.Percent >= before.Percent && script.Now.EtaSeconds > before.EtaSeconds);
        Run(script, segments: 5);
        Assert.Equal((5, 5, 97), (script.Now.Segment, script.Now.Segments, script.Now.Percent));
        AssertMonotonic(script);
    }

    [Fact]
    public void Of_recorded_voices_nothing_is_asked()
    {
        var script = new Script(Script.Plan());
        script.Reader.OnVoicesReady = () => Assert.Fail("Their length is known.");
        script.Log("Creating MultiTalk pipeline.");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(9)]
    public void More_bars_than_guessed_are_more_segments(int segments)
    {
        Assert.Equal((2, true), (_spoken.Segments, _spoken.LengthIsGuess));
        var script = new Script(_spoken);
        Run(script, segments);

        Assert.Equal((segments, segments, Phase.Saving, 97), (script.Now.Segment, script.Now.Segments, script.Now.Phase, script.Now.Percent));
        Assert.All(script.Listener.Progress.Where(progress => progress.Phase < Phase.Saving), progress => Assert.True(progress.Percent < 97));
        AssertMonotonic(script);
    }

    [Fact]
    public void Upstream_never_makes_more_than_a_thousand_frames_so_no_more_segments_are_believed()
    {
        var script = new Script(_spoken);
        Run(script, segments: 30, save: false);
        Assert.Equal(18, script.Now.Segment);
    }

    [Fact]
    public void Fewer_bars_than_guessed_go_on_to_saving()
    {
        var script = new Script(_spoken with { Segments = 7 });
        Run(script, segments: 3);
        Assert.Equal((3, 97), (script.Now.Segment, script.Now.Percent));
        AssertMonotonic(script);
    }

    [Fact]
    public void A_second_run_of_the_attempt_loads_again_and_takes_what_is_left_of_the_percentage()
    {
        var plan = Script.Plan(steps: 4);
        var script = new Script(plan);
        script.Log("Generating video ...");
        script.Wait(5);
        script.Bar(0, 4);
        script.Wait(20);
        script.Bar(4, 4);
        script.Wait(5);
        var (before, first) = (script.Now, script.Reader);

        script.Reader = first.Again(plan, "It did not fit.");
        script.Reader.Enter(Phase.Loading);

        Assert.Equal((Phase.Loading, before.Percent, 0, 0), (script.Now.Phase, script.Now.Percent, script.Now.Segment, script.Now.Step));
        Assert.True(script.Now.EtaSeconds > before.EtaSeconds);
        script.Wait(150);
        Assert.True(script.Now.Percent > before.Percent);
        Assert.Empty(script.Reader.Log.Lines);
        Run(script, plan.Segments);
        Assert.Equal((plan.Segments, 97), (script.Now.Segment, script.Now.Percent));
        AssertMonotonic(script);
        script.Reader.Enter(Phase.Verifying);
        Assert.NotNull(script.Reader.Durations);
        Assert.Null(first.Durations);
    }

    private static void Run(Script script, int segments, bool save = true)
    {
        script.Log("Generating video ...");
        for (var segment = 1; segment <= segments; segment++)
        {
            for (var step = 0; step <= 4; step++)
            {
                script.Wait(15);
                script.Bar(step, 4);
            }

            script.Say("\n", error: true);
        }

        if (!save)
            return;
        script.Wait(15);
        script.Log("Saving generated video to output.mp4");
        script.Wait(5);
        script.Log("Finished.");
    }

    private static void AssertMonotonic(Script script) =>
        Assert.All(script.Listener.Progress.Zip(script.Listener.Progress.Skip(1)), pair => Assert.True(pair.Second.Percent >= pair.First.Percent, $"{pair.First}, {pair.Second}"));
}

using System.Collections.Concurrent;
using MultiTalk.GpuRunner;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Execution;

/// <summary>Failures that were not recorded, played as processes in the workspace of an attempt.</summary>
public sealed class PlayedFailuresTests
{
    private const int Frames = 81;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Failures => [.. FailureScenarios.All.Select(failure => failure.Name)];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_failure_is_diagnosed(string name)
    {
        var failure = FailureScenarios.All.Single(failure => failure.Name == name);
        // A LoRA that changes nothing is a failure only of a plan with one.
        var run = await PlayAsync(Scenario.Of(failure), plan: Plans.Of() with { Loras = [new("lora.safetensors", 1)] });
        TestContext.Current.TestOutputHelper!.WriteLine($"{failure.Row} | {failure.ExitCode} | {run.Outcome} | {run.Error?.Title}");
        Assert.Equal(failure.Code, run.Outcome);
        Assert.All(run.Error!.Lines, line => Assert.Contains(run.Lines, said => said.Contains(line, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_good_video_is_a_success()
    {
        var run = await PlayAsync(Scenario.Success(await VideoAsync()));
        Assert.Equal(("81 frames", 640, 640), (run.Outcome, run.Video?.Width, run.Video?.Height));
    }

    [Fact]
    public async Task A_success_without_a_video_is_a_failure() => Assert.Equal("output_missing", (await PlayAsync(Scenario.Success(null))).Outcome);

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(20_000)]
    public async Task A_success_with_a_part_of_a_video_is_a_failure(int bytes) =>
        Assert.Equal("output_unreadable", (await PlayAsync(Scenario.Success((await VideoAsync())[..bytes]))).Outcome);

    [Theory]
    [InlineData(Look.Black, Frames, "output_black")]
    [InlineData(Look.Still, Frames, "output_still")]
    [InlineData(Look.Moving, 40, "output_unexpected")]
    public async Task A_success_with_a_bad_video_is_a_failure(Look look, int frames, string code) =>
        Assert.Equal(code, (await PlayAsync(Scenario.Success(await VideoAsync(look, frames)))).Outcome);

    [Fact]
    public async Task A_good_video_is_no_success_until_the_script_says_so()
    {
        var run = await PlayAsync(new([Step.Save(), Step.End(0)], await VideoAsync()));
        Assert.Equal("script_failed", run.Outcome);
    }

    [Fact]
    public async Task A_memory_kill_is_told() => Assert.Equal("script_killed", (await PlayAsync(new([Step.Die(9)]))).Outcome);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Garbage_is_survived(bool error)
    {
        // Eight megabytes without a newline, none of it UTF-8.
        var garbage = Step.Flood(error, [.. Enumerable.Repeat<byte>(0xFF, 1 << 16)], 128);
        var run = await PlayAsync(new([garbage, Step.Out("\n"), Step.Error("\n"), Step.Save(), Step.Out(Scenario.Finished)], await VideoAsync()));
        Assert.Equal("81 frames", run.Outcome);
        Assert.All(run.Lines, line => Assert.InRange(line.Length, 1, Heartbeat.MaxLine));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_script_that_hangs_is_ended_with_all_it_started(bool session)
    {
        var run = await PlayAsync(new([Step.Deaf(), Step.Fork(2, session), Step.Hang()]), Impatient());
        Assert.Equal("script_silent", run.Outcome);
    }

    [Fact]
    public async Task The_same_bar_for_ever_is_no_sign_of_life()
    {
        // What streaming does when as many frames are carried over as a segment has.
        var bars = Enumerable.Range(0, 9).Select(step => Step.Error($"\r {step * 100 / 8}%|█▎        | {step}/8 [00:09<01:08,  9.76s/it]"));
        var run = await PlayAsync(new([Step.Again([.. bars, Step.Error("\n"), Step.Wait(TimeSpan.FromMilliseconds(1))])]), Impatient());
        Assert.Equal("script_silent", run.Outcome);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_canceled_tree_that_ignores_signals_is_gone(bool session)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var processes = new ConcurrentQueue<string>();
        var listener = new Listener
        {
            OnLine = process =>
            {
                processes.Enqueue(process);
                Assert.True(Directory.Exists($"/proc/{process}"));
                if (processes.Count == 3)
                    cancel.Cancel();
            },
        };
        var script = PlayedScript.Of(new([Step.Deaf(), Step.Fork(2, session), Step.Hang()]));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            PlayedRun.OfAsync(script, Plans.Of(), new() { KillAfter = TimeSpan.FromSeconds(0.2) }, listener, cancel.Token));
        Assert.Equal(3, processes.Distinct().Count());
        Assert.DoesNotContain(processes, process => Directory.Exists($"/proc/{process}"));
    }

    // The limits are short because nobody works here; a slow machine only gets more time.
    private static RunnerOptions Impatient() => new()
    {
        KillAfter = TimeSpan.FromSeconds(0.2),
        Silence = new()
        {
            Loading = TimeSpan.FromSeconds(1),
            FirstStep = TimeSpan.FromSeconds(1),
            Step = TimeSpan.FromSeconds(1),
            BetweenSegments = TimeSpan.FromSeconds(1),
            Saving = TimeSpan.FromSeconds(1),
        },
    };

    private static Task<byte[]> VideoAsync(Look look = Look.Moving, int frames = Frames) => new MadeVideo(frames, look, 640, 640).BytesAsync();

    private static Task<PlayedRun> PlayAsync(Scenario scenario, RunnerOptions? options = null, GenerationPlan? plan = null) =>
        PlayedRun.OfAsync(PlayedScript.Of(scenario), plan ?? Plans.Of(), options);
}

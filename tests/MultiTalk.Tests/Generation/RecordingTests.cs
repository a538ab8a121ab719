using System.Globalization;
using System.Text.RegularExpressions;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Generation;

/// <summary>What the planner foretells, against what was seen in recorded runs of the real script.</summary>
public sealed partial class RecordingTests
{
    [Theory]
    // The lengths of the voices are those of the recordings' README; all else is read from the recordings.
    [InlineData("single-streaming", 80_000)]
    [InlineData("two-person-streaming", 44_480, 44_480)]
    [InlineData("clip-buffered", 80_000)]
    public void The_plan_has_the_bars_and_frames_of_the_recorded_run(string name, params int[] voices)
    {
        var run = Recording(name);
        var options = new GenerationOptions { Preset = Preset.Colab, Mode = run.Mode, FrameNum = run.FrameNum, MotionFrame = run.MotionFrame, Steps = run.Steps, Trim = true };
        var plan = Planning.Plan(options, [.. voices.Select(samples => new SpeakerRequest(new VoiceFacts(samples)))]);

        Assert.Equal((run.Bars, run.Frames, run.Steps), (plan.Segments, plan.Frames, plan.Steps));
        Assert.Equal((run.Bars, run.Frames), (plan.Upstream().Bars, plan.Upstream().Frames.Count));
        Assert.Equal(run.Bars == 3, plan.Notes.Any(note => note.Contains("thrown away", StringComparison.Ordinal)));
    }

    private static (string Mode, int FrameNum, int MotionFrame, int Steps, int Bars, int Frames) Recording(string name)
    {
        var transcript = Transcript.Load(name);
        var arguments = Arguments().Matches(transcript.Text(error: false)).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        var steps = Number(arguments["sample_steps"]);
        return (arguments["mode"], Number(arguments["frame_num"]), Number(arguments["motion_frame"]), steps,
            Starts().Matches(transcript.Text(error: true)).Count(start => Number(start.Groups[1].Value) == steps), transcript.Frames);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\b(frame_num|motion_frame|mode|sample_steps)='?(\w+)")]
    private static partial Regex Arguments();

    // A bar without a name: those of the weights and of the saving have one.
    [GeneratedRegex(@"(?:^|[\r\n]) *0%\|[^|\r\n]*\| 0/(\d+) \[")]
    private static partial Regex Starts();
}

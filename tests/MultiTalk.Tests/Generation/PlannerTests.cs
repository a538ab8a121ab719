using System.Globalization;
using MultiTalk.GpuRunner.Generation;
using static MultiTalk.Tests.Generation.Planning;

namespace MultiTalk.Tests.Generation;

/// <summary>What the presets <c>standard</c> and <c>colab</c> make of a speech, by upstream's own loop.</summary>
public sealed class PlannerTests
{
    [Fact]
    public void Speech_of_every_length_up_to_40_seconds_is_shown_whole_and_wastes_no_segment()
    {
        for (var frames = 1; frames <= 1000; frames++)
        {
            var plan = Plan(VoiceOf(frames));
            var video = plan.Upstream();

            Assert.Equal((video.Bars, video.Frames.Count), (plan.Segments, plan.Frames));
            Assert.True(video.FollowsTheAudio && plan.Frames >= frames, $"{frames} frames of speech, {plan.Frames} of video");
            Assert.True(video.ShowsEveryBar, $"{frames} frames of speech waste a segment of {plan.Segments}");
            Assert.Equal((AudioFramesFor(frames), frames > 97), (plan.AudioFrames, plan.Mode == GenerationMode.Streaming));
            Assert.Equal(plan.AudioFrames, Segmentation.AudioFrames(plan.Speakers[0].Samples!.Value));
            Assert.Equal(Math.Round((plan.Speakers[0].Samples!.Value - Segmentation.Samples(frames)) / 16_000d, 3), plan.PaddingSeconds);
            Assert.Equal((0, plan.Frames / 25d), (plan.TrimmedSeconds, plan.DurationSeconds));
        }
    }

    [Fact]
    public void A_sample_more_than_a_frame_is_shown_too()
    {
        for (var frames = 1; frames < 1000; frames++)
            Assert.InRange(Plan(new SpeakerRequest(new VoiceFacts(Segmentation.Samples(frames) + 1))).Frames, frames + 1, int.MaxValue);
    }

    [Fact]
    public void Ten_seconds_are_250_frames_in_five_segments()
    {
        var plan = Plan(Voice(10));
        Assert.Equal(("streaming", 81, 25, 253, 5, 250, 10.0, 0.12), (plan.Mode, plan.FrameNum, plan.MotionFrame, plan.AudioFrames, plan.Segments, plan.Frames, plan.DurationSeconds, plan.PaddingSeconds));
        Assert.Equal([Segmentation.Samples(253)], plan.Recordings());
    }

    [Theory]
    [InlineData(1, 81)]
    [InlineData(81, 81)]
    [InlineData(82, 85)]
    [InlineData(85, 85)]
    [InlineData(86, 89)]
    [InlineData(97, 97)]
    public void A_short_speech_is_one_clip(int frames, int frameNum)
    {
        var plan = Plan(VoiceOf(frames));
        Assert.Equal(("clip", frameNum, 1, frameNum, frameNum + 1), (plan.Mode, plan.FrameNum, plan.Segments, plan.Frames, plan.AudioFrames));
        Assert.Equal(frameNum == 81, !plan.Arguments.Contains("--frame_num"));
    }

    // A longer segment takes more memory, and the quantized model is for cards that have none to spare.
    [Fact]
    public void On_a_small_card_no_segment_is_longer_than_the_usual_one()
    {
        for (var frames = 1; frames <= 120; frames++)
        {
            foreach (var options in new GenerationOptions[] { new() { Preset = Preset.LowMemory }, new() { Quant = GenerationQuant.Int8 } })
            {
                var plan = Plan(options, VoiceOf(frames));
                Assert.Equal((81, frames <= 81 ? 1 : 2, 15.0), (plan.FrameNum, plan.Segments, plan.Estimate.GpuMemoryGb));
                Assert.InRange(plan.Upstream().Frames.Count, frames, 200);
            }
        }
    }

    [Fact]
    public void Speech_of_any_length_is_shown_whole_whatever_the_segments_are() => Randomly.Check(300, random =>
    {
        var frameNum = (4 * random.Next(1, 51)) + 1;
        var options = new GenerationOptions
        {
            FrameNum = frameNum,
            MotionFrame = random.Next(1, frameNum),
            Mode = random.Of(null, GenerationMode.Streaming),
        };
        var samples = random.NextInt64(6_401, 640_001);

        var plan = Plan(options, new SpeakerRequest(new VoiceFacts(samples)));
        var video = plan.Upstream();

        Assert.Equal((video.Bars, video.Frames.Count, true), (plan.Segments, plan.Frames, video.FollowsTheAudio));
        Assert.True(plan.Frames * 640L >= samples - 1, $"{samples} samples, {plan.Frames} frames");
        Assert.True(frameNum - options.MotionFrame <= 3 || video.ShowsEveryBar, $"{samples} samples, {frameNum}/{options.MotionFrame}");
    });

    [Theory]
    [InlineData(640_001)]
    [InlineData(640_640)]
    [InlineData(1_000_000)]
    [InlineData(9_600_000)]
    public void Speech_over_40_seconds_is_refused_and_cut_to_1000_frames_if_asked_for(long samples)
    {
        var voice = new SpeakerRequest(new VoiceFacts(samples));
        var problem = Assert.Single(Problems(Request(null, voice)));
        Assert.Equal(("speech_too_long", "voice1"), (problem.Code, problem.Field));
        Assert.StartsWith(FormattableString.Invariant($"The speech is {samples / 16_000d:0.00} s long"), problem.Message, StringComparison.Ordinal);
        Assert.Contains("trim", problem.Remedy, StringComparison.Ordinal);

        var plan = Plan(new() { Trim = true }, voice);
        Assert.Equal(("streaming", 18, 1000, 1000), (plan.Mode, plan.Segments, plan.Frames, plan.Upstream().Frames.Count));
        Assert.True(plan.Upstream().ShowsEveryBar);
    }

    [Fact]
    public void Speech_of_40_seconds_to_the_sample_is_not_cut()
    {
        var plan = Plan(Voice(40));
        Assert.Equal((1034, 1000, 18, 1.36), (plan.AudioFrames, plan.Frames, plan.Segments, plan.PaddingSeconds));
    }

    [Fact]
    public void What_is_cut_off_a_speech_is_told_to_the_frame()
    {
        // Upstream is given 1034 frames of it and shows 1000.
        Assert.Equal(5, Plan(new() { Trim = true }, Voice(45)).TrimmedSeconds);
        Assert.Contains(Plan(new() { Trim = true }, Voice(45)).Notes, note => note.StartsWith("5 s ", StringComparison.Ordinal));
        Assert.Equal(0.04, Plan(new() { Trim = true, Mode = GenerationMode.Clip, FrameNum = 81 }, VoiceOf(82)).TrimmedSeconds, 0.001);
    }

    [Fact]
    public void A_clip_that_is_too_short_for_the_speech_is_refused_unless_it_is_to_be_cut()
    {
        Assert.Equal(["clip_too_short"], Codes(new() { Mode = GenerationMode.Clip }, Voice(8.1)));
        Assert.Equal(["clip_too_short"], Codes(new() { Mode = GenerationMode.Clip, FrameNum = 81 }, VoiceOf(82)));
        Assert.Equal((201, 201), FramesOf(Plan(new() { Mode = GenerationMode.Clip }, Voice(8))));
        Assert.Equal((201, 201), FramesOf(Plan(new() { Mode = GenerationMode.Clip, Trim = true }, Voice(20))));
        Assert.Equal((81, 81), FramesOf(Plan(new() { Mode = GenerationMode.Clip, Trim = true, FrameNum = 81 }, Voice(20))));

        static (int FrameNum, int Frames) FramesOf(GenerationPlan plan) => (plan.FrameNum, plan.Upstream().Frames.Count);
    }

    [Fact]
    public void Streaming_can_be_asked_for_where_a_clip_would_do()
    {
        var plan = Plan(new() { Mode = GenerationMode.Streaming }, VoiceOf(50));
        Assert.Equal(("streaming", 85, 2, 82), (plan.Mode, plan.AudioFrames, plan.Segments, plan.Frames));
        Assert.True(plan.Upstream().ShowsEveryBar);
    }

    [Fact]
    public void As_on_colab_every_voice_is_left_as_it_is()
    {
        for (var frames = 82; frames <= 1000; frames++)
        {
            var voice = VoiceOf(frames);
            var plan = Plan(new() { Preset = Preset.Colab }, voice);
            var video = UpstreamLoop.Streaming(frames);
            Assert.Equal(
                ("streaming", frames, video.Bars, video.Frames.Count, voice.Voice!.Samples, 0, 0),
                (plan.Mode, plan.AudioFrames, plan.Segments, plan.Frames, plan.Speakers[0].Samples, plan.PaddingSeconds, plan.TrimmedSeconds));
        }
    }

    [Theory]
    [InlineData(10, 247, 5)]
    [InlineData(5, 122, 2)]
    [InlineData(3.28, 79, 2)]
    [InlineData(40, 964, 18)]
    public void As_on_colab_the_end_is_lost_and_said_to_be(double seconds, int frames, int segments)
    {
        var plan = Plan(new() { Preset = Preset.Colab }, Voice(seconds));
        Assert.Equal((frames, segments), (plan.Frames, plan.Segments));
        Assert.Contains(plan.Notes, note => note.StartsWith("As on Colab, the last ", StringComparison.Ordinal));
    }

    [Fact]
    public void As_on_colab_a_voice_must_be_longer_than_a_segment()
    {
        for (var frames = 1; frames <= 81; frames++)
            Assert.Equal(["speech_too_short"], Codes(new() { Preset = Preset.Colab }, VoiceOf(frames)));
        Assert.Equal(["speech_too_short"], Codes(new() { Preset = Preset.Colab, FrameNum = 201 }, VoiceOf(201)));
        Assert.Equal(["speech_too_long"], Codes(new() { Preset = Preset.Colab }, VoiceOf(1001)));
        Assert.Equal(1000, Plan(new() { Preset = Preset.Colab, Trim = true }, VoiceOf(1050)).Frames);
    }

    [Fact]
    public void Every_problem_is_told_at_once()
    {
        var options = new GenerationOptions { Engine = "magic", Size = 481, Steps = 0, Seed = 1L << 32, AudioType = "both" };
        Assert.Equal(
            ["prompt", "options.engine", "options.size", "options.steps", "options.seed", "options.audioType", "options.audioType"],
            Problems(Request(options, Voice(10)) with { Prompt = " " }).Select(problem => problem.Field));
    }

    [Fact]
    public void A_prompt_has_at_most_2000_characters()
    {
        Assert.Empty(Planner.PromptProblems(new string('x', 2_000)));
        Assert.Equal("prompt_too_long", Assert.Single(Planner.PromptProblems(new string('x', 2_001))).Code);
    }

    [Fact]
    public void A_seed_is_drawn_where_none_is_given()
    {
        var seeds = Enumerable.Range(0, 20).Select(_ => Plan(Voice(5))).Select(plan => (plan.Seed, plan.Argument("--base_seed"))).ToList();
        Assert.All(seeds, seed => Assert.Equal(seed.Seed.ToString(CultureInfo.InvariantCulture), seed.Item2));
        Assert.All(seeds, seed => Assert.InRange(seed.Seed, 0, uint.MaxValue));
        Assert.Equal(20, seeds.Distinct().Count());
        Assert.Equal(4_294_967_295, Plan(new() { Seed = uint.MaxValue }, Voice(5)).Seed);
    }

    [Fact]
    public void Beyond_20_seconds_the_drift_is_told()
    {
        Assert.DoesNotContain(Plan(Voice(20)).Notes, Drift);
        Assert.Contains(Plan(Voice(21)).Notes, Drift);
        Assert.DoesNotContain(Plan(new() { UseApg = true }, Voice(21)).Notes, Drift);

        static bool Drift(string note) => note.Contains("drift", StringComparison.Ordinal);
    }

    // The contract's rule, section 5.3, word by word.
    private static int AudioFramesFor(int frames)
    {
        if (frames <= 81)
            return 82;
        if (frames <= 97)
            return ((frames + 2) / 4 * 4) + 2;
        var padded = frames + 3;
        while ((padded - 81) % 56 is 1 or 2 or 3)
            padded++;
        return padded < 978 ? padded : 1034;
    }
}

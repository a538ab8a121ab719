using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Generation;

public sealed class PlannerTests
{
    private static readonly PictureFacts _square = new(1000, 1000);

    [Theory]
    [InlineData(3.28, 2, 79)]
    [InlineData(5, 2, 122)]
    [InlineData(8, 4, 197)]
    [InlineData(10, 5, 247)]
    [InlineData(15, 7, 372)]
    [InlineData(20, 9, 497)]
    [InlineData(30, 13, 747)]
    [InlineData(36, 16, 897)]
    [InlineData(40, 18, 964)]
    public void Streaming_has_upstreams_segments_and_frames(double seconds, int segments, int frames)
    {
        var audioFrames = Segmentation.AudioFrames((long)(seconds * VoiceFacts.SampleRate));
        Assert.Equal(segments, Segmentation.StreamingSegments(audioFrames, 81, 25));
        Assert.Equal(frames, Segmentation.StreamingFrames(audioFrames));
    }

    [Fact]
    public void One_clip_needs_82_frames_of_audio_to_the_sample()
    {
        Assert.Equal(82, Segmentation.AudioFrames(Segmentation.Samples(82)));
        Assert.Equal(81, Segmentation.AudioFrames(Segmentation.Samples(82) - 1));
    }

    [Fact]
    public void Ten_seconds_are_five_segments_and_247_frames()
    {
        var plan = Plan([160_000]);
        Assert.Equal(("streaming", 250, 5, 247, 9.88), (plan.Mode, plan.AudioFrames, plan.Segments, plan.Frames, plan.DurationSeconds));
        Assert.Equal([160_000], plan.VoiceSamples);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(6_401)]
    [InlineData(52_480)]
    public void A_short_voice_is_padded_to_one_clip(long samples)
    {
        var plan = Plan([samples]);
        Assert.Equal(("clip", 1, 81, 82), (plan.Mode, plan.Segments, plan.Frames, plan.AudioFrames));
        Assert.Equal([52_480], plan.VoiceSamples);
    }

    [Fact]
    public void Voices_together_are_padded_to_the_same_length() =>
        Assert.Equal([100_000, 100_000], Plan([60_000, 100_000], new() { AudioType = "para" }).VoiceSamples);

    [Fact]
    public void Voices_one_after_the_other_are_padded_at_the_end_only()
    {
        Assert.Equal([10_000, 42_480], Plan([10_000, 10_000]).VoiceSamples);
        Assert.Equal([60_000, 100_000], Plan([60_000, 100_000]).VoiceSamples);
    }

    [Theory]
    // width, height, the size at 480, the size at 720: the table of contract 1.3
    [InlineData(2100, 900, "1024x384", "1408x640")]
    [InlineData(1600, 900, "896x448", "1280x704")]
    [InlineData(1500, 1000, "768x512", "1216x768")]
    [InlineData(1200, 900, "704x576", "1088x832")]
    [InlineData(1000, 1000, "640x640", "960x960")]
    [InlineData(900, 1200, "576x704", "832x1088")]
    [InlineData(1000, 1500, "512x768", "768x1152")]
    [InlineData(900, 1600, "448x832", "704x1280")]
    public void The_picture_decides_the_size(int width, int height, string at480, string at720)
    {
        Assert.Equal(at480, Size(480));
        Assert.Equal(at720, Size(720));

        string Size(int size) => $"{Bucket.For(new(width, height), size).Width}x{Bucket.For(new(width, height), size).Height}";
    }

    [Fact]
    public void Every_problem_is_told_at_once()
    {
        var options = new GenerationOptions { Engine = "magic", Size = 481, Steps = 0, Seed = 1L << 32, AudioType = "both" };
        var exception = Assert.Throws<InvalidRequestException>(() => Planner.Plan(new(" ", _square, [new(new VoiceFacts(160_000))], options), Engine.Preview));
        Assert.Equal(
            ["prompt", "options.engine", "options.size", "options.steps", "options.seed", "options.audioType"],
            exception.Problems.Select(problem => problem.Field));
    }

    [Fact]
    public void A_prompt_has_at_most_2000_characters()
    {
        Assert.Empty(Planner.PromptProblems(new string('x', 2_000)));
        Assert.Equal("prompt_too_long", Assert.Single(Planner.PromptProblems(new string('x', 2_001))).Code);
    }

    [Fact]
    public void Speech_over_40_seconds_is_refused()
    {
        Assert.Equal(18, Plan([640_000]).Segments);
        var exception = Assert.Throws<InvalidRequestException>(() => Plan([400_000, 240_640]));
        var problem = Assert.Single(exception.Problems);
        Assert.Equal("speech_too_long", problem.Code);
        Assert.StartsWith("The speech is 40.04 s long", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Arguments_are_relative_and_hold_no_prompt()
    {
        var plan = Plan([160_000], new() { Seed = 7, Steps = 9 });
        Assert.DoesNotContain(plan.Arguments, argument => argument.StartsWith('/') || argument.Contains("talks", StringComparison.Ordinal));
        Assert.Equal("output", plan.Arguments[^1]);
        Assert.Equal("7", plan.Arguments[plan.Arguments.ToList().IndexOf("--base_seed") + 1]);
        Assert.Equal("9", plan.Arguments[plan.Arguments.ToList().IndexOf("--sample_steps") + 1]);
    }

    private static GenerationPlan Plan(long[] voices, GenerationOptions? options = null) =>
        Planner.Plan(new("A woman talks", _square, [.. voices.Select(samples => new SpeakerRequest(new VoiceFacts(samples)))], options ?? new()), Engine.Preview);
}

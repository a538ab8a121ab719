using System.Text.Json;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Generation;

public sealed class SpokenTests
{
    private const string Text = "Good morning, and welcome to the show, my friends. Today we talk about it.";

    private static readonly GenerationPlan _plan = Planner.Plan(new("A woman talks", new(640, 640), [new(Text: Text, TtsVoice: "af_heart")], new() { Seed = 1 }), Engine.MultiTalk);

    [Fact]
    public void Segments_and_frames_are_what_upstream_makes_of_the_speech()
    {
        for (var frames = 82; frames <= 1_300; frames++)
        {
            // A Kokoro file of so many frames and a bit: 960 samples a frame.
            var plan = Spoken.Exactly(_plan, (frames * 960) + 480, 24_000)!;
            var video = UpstreamLoop.Streaming(frames);
            Assert.Equal((frames, video.Bars, video.Frames.Count, video.Frames.Count / 25d, false), (plan.AudioFrames, plan.Segments, plan.Frames, plan.DurationSeconds, plan.LengthIsGuess));
        }
    }

    [Theory]
    // Resampled to 16 kHz the length is rounded up, so that a sample less than 125 frames still is 125.
    [InlineData(120_000, 24_000, 125)]
    [InlineData(119_999, 24_000, 125)]
    [InlineData(119_998, 24_000, 124)]
    [InlineData(80_000, 16_000, 125)]
    [InlineData(79_999, 16_000, 124)]
    // 29 · 16,000 / 25 samples are 28 frames in Python's arithmetic.
    [InlineData(18_560, 16_000, 28)]
    public void The_length_is_counted_as_upstream_counts_it(long samples, int rate, int frames) =>
        Assert.Equal(frames, Spoken.Exactly(_plan with { FrameNum = 5, MotionFrame = 1 }, samples, rate)!.AudioFrames);

    [Fact]
    public void A_speech_that_is_not_longer_than_a_segment_is_none()
    {
        Assert.Null(Spoken.Exactly(_plan, 81 * 960, 24_000));
        Assert.NotNull(Spoken.Exactly(_plan, 82 * 960, 24_000));
    }

    [Fact]
    public void A_clip_shows_its_beginning()
    {
        var plan = Spoken.Exactly(_plan with { Mode = GenerationMode.Clip }, 500 * 960, 24_000)!;
        Assert.Equal((1, 81, 500), (plan.Segments, plan.Frames, plan.AudioFrames));
    }

    [Fact]
    public void One_voice_is_not_mixed()
    {
        Assert.Equal("s1.wav", Spoken.File(_plan));
        Assert.Equal("sum.wav", Spoken.File(_plan with { Speakers = [.. _plan.Speakers, .. _plan.Speakers] }));
    }

    [Fact]
    public void That_it_is_exact_is_kept_with_the_plan()
    {
        var plan = Spoken.Exactly(_plan, 240_000, 24_000)!;
        Assert.False(Copy(plan).LengthIsGuess);
        Assert.True(Copy(_plan).LengthIsGuess);
        Assert.DoesNotContain("\"isSpoken\"", JsonSerializer.Serialize(_plan, ContractsJson.Default.GenerationPlan), StringComparison.Ordinal);

        static GenerationPlan Copy(GenerationPlan plan) =>
            JsonSerializer.Deserialize(JsonSerializer.Serialize(plan, ContractsJson.Default.GenerationPlan), ContractsJson.Default.GenerationPlan)!;
    }
}

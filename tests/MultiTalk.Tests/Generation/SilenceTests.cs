using MultiTalk.GpuRunner.Generation;
using static MultiTalk.Tests.Generation.Planning;

namespace MultiTalk.Tests.Generation;

/// <summary>Silence: at the end of a voice, between two voices, and of a person who says nothing.</summary>
public sealed class SilenceTests
{
    [Fact]
    public void A_silent_end_is_trimmed_where_that_saves_a_segment()
    {
        // 10 s would need five segments; of the speech's four, the fourth ends at 246 frames.
        var plan = Plan(Voice(10, speech: 8));
        Assert.Equal((4, 246, 249), (plan.Segments, plan.Frames, plan.AudioFrames));
        Assert.Equal((0.16, 0), (plan.TrimmedSeconds, plan.PaddingSeconds));
        Assert.Contains(plan.Notes, note => note.Contains("trimmed", StringComparison.Ordinal));
    }

    [Fact]
    public void A_silent_end_stays_where_nothing_is_saved()
    {
        var plan = Plan(Voice(9.5, speech: 8));
        Assert.Equal((4, 0), (plan.Segments, plan.TrimmedSeconds));
        Assert.InRange(plan.Frames, 238, 246);
    }

    [Fact]
    public void A_silent_end_stays_where_it_is_wanted()
    {
        var plan = Plan(new() { Trim = false }, Voice(10, speech: 2));
        Assert.Equal((5, 250, 0), (plan.Segments, plan.Frames, plan.TrimmedSeconds));
        Assert.Equal(["speech_too_long"], Codes(new() { Trim = false }, Voice(41, speech: 2)));
        Assert.Equal(["clip_too_short"], Codes(new() { Trim = false, Mode = "clip" }, Voice(10, speech: 2)));
    }

    [Fact]
    public void Silence_beyond_40_seconds_is_no_reason_to_refuse()
    {
        var plan = Plan(Voice(60, speech: 39.9));
        Assert.Equal((1000, 18), (plan.Frames, plan.Segments));
        Assert.Equal(20, plan.TrimmedSeconds);
        Assert.Equal(1, Plan(Voice(60, speech: 2)).Segments);
    }

    [Fact]
    public void A_long_silence_leaves_one_clip()
    {
        var plan = Plan(Voice(10, speech: 2));
        Assert.Equal(("clip", 1), (plan.Mode, plan.Segments));
        Assert.InRange(plan.Frames, 50, 97);
    }

    [Fact]
    public void Speech_is_never_trimmed_and_silence_only_where_that_saves_a_segment() => Randomly.Check(500, random =>
    {
        var options = new GenerationOptions
        {
            FrameNum = random.Of<int?>(null, null, 81, (4 * random.Next(7, 51)) + 1),
            MotionFrame = random.Of<int?>(null, 9, 1),
            Mode = random.Of(null, null, GenerationMode.Streaming),
        };
        var whole = random.NextInt64(6_401, random.Of(100_000, 640_000, 900_000));
        var speech = random.NextInt64(1, Math.Min(whole, 640_000) + 1);
        var voice = new SpeakerRequest(new VoiceFacts(whole, speech));

        var plan = Plan(options, voice);
        var told = $"{options}, {whole} samples, {speech} of speech";
        Assert.True(plan.Frames * 640L >= speech - 1 && plan.Upstream().FollowsTheAudio, told);
        Assert.True(plan.Speakers[0].Samples >= speech, told);
        Assert.Equal(Plan(options, new SpeakerRequest(new VoiceFacts(speech))).Segments, Plan(options, new SpeakerRequest(new VoiceFacts(Math.Max(speech, 6_401), speech))).Segments);

        var kept = options with { Trim = false };
        if (Codes(kept, voice).Any())
            Assert.True(whole > 640_000, told);
        else if (plan.TrimmedSeconds > 0)
            Assert.True(Sampled(plan) < Sampled(Plan(kept, voice)), told);
        else
            Assert.True(Sampled(plan) <= Sampled(Plan(kept, voice)), told);
        if (whole <= 640_000)
            Assert.Equal(0, Plan(kept, voice).TrimmedSeconds);

        static int Sampled(GenerationPlan plan) => plan.Segments * plan.FrameNum;
    });

    [Fact]
    public void In_turns_only_the_end_of_the_second_voice_is_an_end()
    {
        // The first voice's silence is a pause in the conversation.
        var plan = Plan(Voice(10, speech: 1), Voice(5, speech: 5));
        Assert.Equal((160_000L, 375), (plan.Speakers[0].Samples, plan.Frames));

        var trimmed = Plan(Voice(5), Voice(30, speech: 2));
        Assert.Equal(80_000, trimmed.Speakers[0].Samples);
        Assert.InRange(trimmed.Speakers[1].Samples!.Value, 32_000, 100_000);
    }

    [Fact]
    public void Voices_in_turns_are_padded_at_the_end_only()
    {
        Assert.Equal([10_000, 42_480], Plan(VoiceOfSamples(10_000), VoiceOfSamples(10_000)).Recordings());
        var plan = Plan(VoiceOfSamples(60_000), VoiceOfSamples(100_000));
        Assert.Equal(("add", 250), (plan.AudioType, plan.Frames));
        Assert.Equal([60_000, Segmentation.Samples(253) - 60_000], plan.Recordings());
    }

    [Fact]
    public void Voices_together_are_padded_to_one_length()
    {
        var plan = Plan(new() { AudioType = "para" }, Voice(3.75), Voice(6.25));
        Assert.Equal(("para", 160), (plan.AudioType, plan.AudioFrames));
        Assert.Equal([Segmentation.Samples(160), Segmentation.Samples(160)], plan.Recordings());
        // The longer speech decides, whichever recording is longer.
        Assert.InRange(Plan(new() { AudioType = "para" }, Voice(10, speech: 1), Voice(6.25)).Frames, 157, 190);
    }

    [Fact]
    public void A_silent_person_is_there_all_the_time()
    {
        foreach (var speakers in new SpeakerRequest[][] { [Voice(10), Silent], [Silent, Voice(10)] })
        {
            var plan = Plan(speakers);
            Assert.Equal(("para", 250, 253), (plan.AudioType, plan.Frames, plan.AudioFrames));
            Assert.Equal(speakers.Select(speaker => speaker.Voice is null ? (long?)null : Segmentation.Samples(253)), plan.Recordings());
        }

        Assert.Equal("para", Plan(new() { Preset = Preset.Colab }, Voice(10), Silent).AudioType);
    }

    [Fact]
    public void A_silent_recording_beside_a_voice_is_taken()
    {
        var plan = Plan(Voice(5), Voice(5, speech: 0));
        Assert.Equal(80_000, plan.Speakers[0].Samples);
        Assert.InRange(plan.Speakers[1].Samples!.Value, 6_401, 80_000);
        Assert.InRange(plan.Frames, 125, 250);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("add")]
    [InlineData("para")]
    public void Voices_of_0_41_seconds_are_taken(string? audioType)
    {
        var plan = Plan(new() { AudioType = audioType }, Voice(0.41), Voice(0.41));
        Assert.Equal(("clip", 81, 82), (plan.Mode, plan.Frames, plan.AudioFrames));
        Assert.Equal(audioType == "para" ? [52_480L, 52_480] : [6_560, 45_920], plan.Recordings());
        Assert.Equal([52_480L], Plan(Voice(0.41)).Recordings());
    }

    [Theory]
    [InlineData(39, true)]
    [InlineData(39.5, true)]
    [InlineData(40, false)]
    [InlineData(40.5, false)]
    [InlineData(41, false)]
    [InlineData(60, false)]
    public void A_second_speaker_speaks_in_the_video_or_the_request_is_refused(double first, bool taken)
    {
        Assert.Equal(taken ? [] : ["second_speaker_cut"], Codes(new() { Trim = true }, Voice(first), Voice(5)));
        if (taken)
        {
            var plan = Plan(new() { Trim = true }, Voice(first), Voice(5));
            Assert.Equal((Samples(first), 1000), (plan.Speakers[0].Samples, plan.Frames));
            Assert.InRange(plan.Speakers[1].Samples!.Value, 6_401, 80_000);
            Assert.Equal(first + 5 - 40, plan.TrimmedSeconds, 0.001);
        }
    }

    [Fact]
    public void As_on_colab_a_short_answer_is_taken_as_long_as_any_of_it_is_shown()
    {
        // Three frames at the end are lost, 0.12 s; in the double cut before 40 s, 1.44 s are.
        Assert.Empty(Codes(new() { Preset = Preset.Colab }, Voice(5), Voice(0.41)));
        Assert.Empty(Codes(new() { Preset = Preset.Colab }, Voice(38), Voice(1.6)));
        Assert.Equal(["second_speaker_cut"], Codes(new() { Preset = Preset.Colab }, Voice(38.4), Voice(1.2)));
    }

    private static SpeakerRequest VoiceOfSamples(long samples) => new(new VoiceFacts(samples));
}

using MultiTalk.GpuRunner.Generation;
using static MultiTalk.Tests.Generation.Planning;

namespace MultiTalk.Tests.Generation;

/// <summary>Text that Kokoro speaks: upstream reads the turns with its own pattern, and checks nothing.</summary>
public sealed class TextTests
{
    private const string Long = "Good morning, and welcome to the show. Today we talk about the weather of the last few days.";

    [Fact]
    public void One_speaker_says_the_whole_text()
    {
        var plan = Plan(One(Long));
        Assert.Equal((Long, null, "streaming"), (plan.Script, plan.AudioType, plan.Mode));
        Assert.Equal(new PlannedSpeaker(Text: Long, TtsVoice: "af_heart"), plan.Speakers[0]);
        Assert.Contains(plan.Notes, note => note.Contains("guess", StringComparison.Ordinal));
        Assert.Equal("tts", plan.Argument("--audio_mode"));
        // About 15 characters a second.
        Assert.InRange(plan.DurationSeconds, Long.Length / 15d - 1, Long.Length / 15d + 1);
        Assert.Equal((plan.Segments, plan.Frames), (plan.Upstream().Bars, plan.Upstream().Frames.Count));
    }

    [Fact]
    public void Two_speakers_have_their_texts_or_turns()
    {
        Assert.Equal($"(s1) {Long} (s2) Thank you.", Plan(Two(Long, "Thank you.")).Script);
        var turns = $"(s1) {Long} (s2) Thank you. (s1) Goodbye then.";
        var plan = Plan(Two(turns, null));
        Assert.Equal((turns, "am_adam"), (plan.Script, plan.Speakers[1].TtsVoice));
    }

    [Theory]
    [InlineData("text_missing", "")]
    [InlineData("text_missing", " \n ")]
    [InlineData("text_has_turns", "(s1) " + Long)]
    [InlineData("text_has_turns", Long + " (s2) " + Long)]
    [InlineData("text_too_short", "Hello there.")]
    [InlineData("text_too_short", "                                                                                                  Hello.")]
    [InlineData("text_not_english", Long + " 你好")]
    [InlineData("text_not_english", Long + " Привет")]
    public void A_text_of_one_speaker_is_refused(string code, string text) => Assert.Contains(code, Codes(null, One(text)));

    [Theory]
    [InlineData("Café, naïve, Zoë and Łukasz: " + Long)]
    [InlineData("“Quotes” – dashes… and 1,234 figures! " + Long)]
    [InlineData("Faces 🙂 and an § too. " + Long)]
    [InlineData("Line one.\n\nLine two. " + Long)]
    [InlineData("A (S1) in capitals and a (sun) are no marks. " + Long)]
    public void An_ordinary_text_is_taken(string text) => Assert.Empty(Codes(null, One(text)));

    [Theory]
    [InlineData("text_before_first_turn", Long)]
    [InlineData("text_before_first_turn", "Well. (s1) " + Long + " (s2) Yes.")]
    [InlineData("text_turn_missing", "(s1) " + Long)]
    [InlineData("text_turn_missing", "(s2) " + Long + " (s2) Yes.")]
    [InlineData("text_turn_unknown", "(s1) " + Long + " (s3) Yes.")]
    [InlineData("text_turn_unknown", "(s1) " + Long + " (s2) Yes. (s01) No.")]
    [InlineData("text_turn_empty", "(s1) " + Long + " (s2)")]
    [InlineData("text_turn_empty", "(s1) (s2) " + Long)]
    [InlineData("text_turn_empty", "(s1) " + Long + " (s2) \n (s1) Yes.")]
    [InlineData("text_turn_empty", "(s1) " + Long + " (s2) … (s1) Yes.")]
    [InlineData("text_too_short", "(s1) Hello. (s2) Hello.")]
    [InlineData("speech_too_long", "(s1) " + Long + Long + Long + Long + " (s2) " + Long + Long + Long + Long)]
    public void Turns_are_refused(string code, string turns) => Assert.Contains(code, Codes(null, Two(turns, null)));

    [Fact]
    public void A_text_of_ones_own_holds_no_marks()
    {
        Assert.Contains("text_has_turns", Codes(null, Two("(s1) " + Long, "Thank you.")));
        Assert.Contains("text_has_turns", Codes(null, Two(Long, "Thank you. (s1) You are welcome.")));
    }

    [Fact]
    public void Both_speakers_need_a_voice_and_a_text()
    {
        Assert.Contains("tts_voice_missing", Codes(null, One(Long), One(Long) with { TtsVoice = null }));
        Assert.Contains("text_missing", Codes(null, new SpeakerRequest(TtsVoice: "af_heart"), One(Long)));
        Assert.Contains("text_missing", Codes(null, One(Long), One("  ")));
        Assert.Equal(2, Codes(null, One(Long) with { TtsVoice = "AF_HEART" }, One(Long) with { TtsVoice = "x" }).Count(code => code == "tts_voice_unknown"));
    }

    [Fact]
    public void Texts_and_recordings_are_not_mixed()
    {
        Assert.Equal(["speech_mixed"], Codes(null, One(Long), Voice(5)));
        Assert.Equal(["speech_mixed"], Codes(null, Voice(5), One(Long)));
        Assert.Equal(["speech_mixed"], Codes(null, One(Long) with { Voice = new(80_000) }));
        Assert.Equal(["speech_mixed"], Codes(null, One(Long), Silent));
        Assert.Equal(["audio_type_needs_two_voices"], Codes(new() { AudioType = "add" }, Two(Long, "Thank you.").Speakers.ToArray()));
    }

    [Fact]
    public void A_preview_cannot_speak()
    {
        Assert.Equal(["tts_not_in_preview"], Codes(new() { Engine = Engine.Preview }, One(Long)));
        var exception = Assert.Throws<InvalidRequestException>(() => Planner.Plan(Request(null, One(Long)), Engine.Preview));
        Assert.Equal("tts_not_in_preview", Assert.Single(exception.Problems).Code);
    }

    [Fact]
    public void A_text_lasts_longer_than_the_segments_it_is_cut_into()
    {
        // 90 characters last 4 to 6 s, and 201 frames are 8.
        Assert.Contains("text_too_short", Codes(new() { FrameNum = 201 }, One(Long)));
        Assert.Empty(Codes(new() { FrameNum = 201 }, One(Long + Long)));
        Assert.Empty(Codes(new() { FrameNum = 45 }, One(Long)));
    }

    [Fact]
    public void A_long_text_is_told_by_its_length()
    {
        Assert.Empty(Codes(null, One(new('x', 600))));
        Assert.Equal(["speech_too_long"], Codes(null, One(new('x', 602))));
        Assert.Equal(["text_too_long", "speech_too_long"], Codes(null, One(new('x', 2_001))));
    }

    [Fact]
    public void The_voices_are_kokoros_english_ones()
    {
        Assert.Equal(28, KokoroVoice.English.Distinct().Count());
        Assert.All(KokoroVoice.English, voice => Assert.Matches("^[ab][fm]_[a-z]+$", voice));
        Assert.Equal("weights/Kokoro-82M/voices/af_heart.pt", KokoroVoice.File("af_heart"));
    }

    private static SpeakerRequest One(string text) => new(Text: text, TtsVoice: "af_heart");

    private static GenerationRequest Two(string first, string? second) => Request(null, One(first), new SpeakerRequest(Text: second, TtsVoice: "am_adam"));

    private static IEnumerable<string> Codes(GenerationOptions? options, GenerationRequest request) => Planning.Codes(request with { Options = options ?? request.Options });

    private static IEnumerable<string> Codes(GenerationOptions? options, params SpeakerRequest[] speakers) => Planning.Codes(options, speakers);
}

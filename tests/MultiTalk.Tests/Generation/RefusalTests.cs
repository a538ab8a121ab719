using System.Text.RegularExpressions;
using MultiTalk.GpuRunner.Generation;
using static MultiTalk.Tests.Generation.Planning;

namespace MultiTalk.Tests.Generation;

/// <summary>
/// The table: each row of the contract's sections 2.6 and 6 that a request can bring about is refused with its code, before
/// anything is queued, or cannot come about any more. What is refused before there is a plan is shown elsewhere: rows 31 and
/// "audio file missing or unreadable" in <see cref="Media.VoiceNormalizerTests.What_is_no_voice_is_refused"/>, row 30 (0.4 s of sound)
/// in <see cref="Media.VoiceNormalizerTests.A_voice_must_be_longer_than_four_tenths_of_a_second"/>, row 32 and "image missing or
/// corrupt" in <see cref="Media.PictureNormalizerTests.What_is_no_picture_is_refused"/> and
/// <see cref="CommandLine.GenerateTests.Bad_input_is_told_field_by_field_with_exit_code_1"/>, row 33 (transparency) in
/// <see cref="Media.PictureNormalizerTests.Transparency_is_flattened_on_white"/>.
/// </summary>
public sealed partial class RefusalTests
{
    private static readonly SpeakerRequest _voice = Voice(10);
    private static readonly SpeakerRequest _text = new(Text: "Hello, and welcome to this little talk. It lasts a few seconds, which is long enough for a video.", TtsVoice: "af_heart");

    private static readonly (string Row, string Code, string Field, GenerationRequest Request)[] _rows =
    [
        // 2.6
        ("2.6 no prompt", "prompt_missing", "prompt", Of(null, _voice) with { Prompt = "" }),
        ("2.6 no prompt but blanks", "prompt_missing", "prompt", Of(null, _voice) with { Prompt = " \t\n" }),
        ("2.6 prompt with a NUL", "prompt_not_text", "prompt", Of(null, _voice) with { Prompt = "A \0 woman" }),
        ("2.6 prompt longer than is read", "prompt_too_long", "prompt", Of(null, _voice) with { Prompt = new('x', 2_001) }),
        ("2.6 no cond_audio", "speakers_out_of_range", "speakers", Of(null)),
        ("2.6 three keys in cond_audio", "speakers_out_of_range", "speakers", Of(null, _voice, _voice, _voice)),
        ("2.6 audio_type other than para and add", "audio_type_unknown", "options.audioType", Of(new() { AudioType = "both" }, _voice, _voice)),
        ("2.6 audio_type in capitals", "audio_type_unknown", "options.audioType", Of(new() { AudioType = "PARA" }, _voice, _voice)),
        ("2.6 audio_type for one", "audio_type_needs_two_voices", "options.audioType", Of(new() { AudioType = "add" }, _voice)),
        ("2.6 para with unequal lengths, nothing padded", "para_lengths_differ", "voice2", Of(new() { Preset = "colab", AudioType = "para" }, Voice(10), Voice(9))),
        ("2.6 no tts_audio", "text_missing", "speakers", Of(null, new SpeakerRequest(TtsVoice: "af_heart"))),
        ("2.6 no voice for a text", "tts_voice_missing", "speakers[0].ttsVoice", Of(null, _text with { TtsVoice = null })),
        ("2.6 audio too short, nothing padded", "speech_too_short", "voice1", Of(new() { Preset = "colab" }, VoiceOf(81))),
        ("2.6 bbox count", "box_missing", "speakers[1].box", Of(null, Voice(5) with { Box = new(100, 100, 400, 400) }, Voice(5))),
        ("2.6 bbox for one", "box_needs_two_speakers", "speakers[0].box", Of(null, Voice(5) with { Box = new(100, 100, 400, 400) })),
        ("2.6 frame_num not 4n+1", "frame_num_not_4n_plus_1", "options.frameNum", Of(new() { FrameNum = 80 }, _voice)),
        ("2.1 both paths None", "speakers_all_silent", "speakers", Of(null, Silent, Silent)),
        ("2.1 a silent one in turns", "silent_speaker_needs_para", "options.audioType", Of(new() { AudioType = "add" }, _voice, Silent)),

        // 6
        ("25 a LoRA without a scale", "lora_scale_missing", "options.loras[1].scale", Of(new() { Loras = [new("a.safetensors", 1), new("b.safetensors")] }, _voice)),
        ("25 a LoRA of no strength", "lora_scale_out_of_range", "options.loras[0].scale", Of(new() { Loras = [new("a.safetensors", 0)] }, _voice)),
        ("25 a LoRA too strong", "lora_scale_out_of_range", "options.loras[0].scale", Of(new() { Loras = [new("a.safetensors", 2.1)] }, _voice)),
        ("25 a LoRA of hardly any strength", "lora_scale_out_of_range", "options.loras[0].scale", Of(new() { Loras = [new("a.safetensors", 1e-5)] }, _voice)),
        ("25 a LoRA of another strength than is merged in", "lora_scale_fixed", "options.loras[0].scale", Of(new() { Quant = "int8", Loras = [new(Preset.FusionX, 0.5)] }, _voice)),
        ("25 a LoRA twice", "lora_name_repeated", "options.loras[1].file", Of(new() { Loras = [new("a.safetensors", 1), new("a.safetensors", 1)] }, _voice)),
        ("25 two LoRAs of one name to upstream", "lora_name_repeated", "options.loras[1].file", Of(new() { Loras = [new("Wan2.1_a.safetensors", 1), new("Wan2.1_b.safetensors", 1)] }, _voice)),
        ("25 no LoRA in the list", "lora_invalid", "options.loras", Of(new() { Loras = [null!] }, _voice)),
        ("24 a LoRA elsewhere", "lora_name_invalid", "options.loras[0].file", Of(new() { Loras = [new("../a.safetensors", 1)] }, _voice)),
        ("24 a LoRA that looks like an option", "lora_name_invalid", "options.loras[0].file", Of(new() { Loras = [new("-a.safetensors", 1)] }, _voice)),
        ("24 no LoRA file", "lora_name_invalid", "options.loras[0].file", Of(new() { Loras = [new("a.pt", 1)] }, _voice)),
        ("24 a LoRA without a name", "lora_name_invalid", "options.loras[0].file", Of(new() { Loras = [new(".safetensors", 1)] }, _voice)),
        ("26 speech no longer than a segment, nothing padded", "speech_too_short", "voice1", Of(new() { Preset = "colab", FrameNum = 201 }, Voice(8.04))),
        ("26 text shorter than a segment", "text_too_short", "speakers[0].text", Of(null, _text with { Text = "Hello there." })),
        ("26 a text without a word", "text_missing", "speakers[0].text", Of(null, _text with { Text = new('.', 100) })),
        ("26 text shorter than the long segment that was asked for", "text_too_short", "speakers[0].text", Of(new() { FrameNum = 201 }, _text)),
        ("27 43 frames, as in the recording", "frame_num_not_4n_plus_1", "options.frameNum", Of(new() { FrameNum = 43 }, _voice)),
        ("27 an even number of frames", "frame_num_not_4n_plus_1", "options.frameNum", Of(new() { FrameNum = 82 }, _voice)),
        ("27 a segment of one frame", "frame_num_out_of_range", "options.frameNum", Of(new() { FrameNum = 1 }, _voice)),
        ("27 a segment of no frame", "frame_num_not_4n_plus_1", "options.frameNum", Of(new() { FrameNum = 0 }, _voice)),
        ("27 a segment longer than the README allows", "frame_num_out_of_range", "options.frameNum", Of(new() { FrameNum = 205 }, _voice)),
        ("28 para, unequal lengths, nothing padded", "para_lengths_differ", "voice2", Of(new() { Preset = "colab", AudioType = "para" }, Voice(2.78), Voice(3.75))),
        ("34 a box outside the picture", "box_outside", "speakers[1].box", Boxed(new(100, 100, 400, 400), new(100, 600, 400, 1001))),
        ("34 a box above the picture", "box_outside", "speakers[0].box", Boxed(new(-1, 100, 400, 400), new(100, 600, 400, 900))),
        ("34 a box upside down", "box_order", "speakers[0].box", Boxed(new(400, 100, 100, 400), new(100, 600, 400, 900))),
        ("34 a box mirrored", "box_order", "speakers[1].box", Boxed(new(100, 100, 400, 400), new(100, 900, 400, 600))),
        ("34 an empty box", "box_order", "speakers[0].box", Boxed(new(100, 100, 100, 400), new(100, 600, 400, 900))),
        ("34 a box with its axes swapped", "box_axes", "speakers[1].box", Boxed(new(160, 120, 1280, 1080), new(1320, 160, 2280, 1280), new(2560, 1440))),
        ("34 a box lost by the crop", "box_cropped", "speakers[0].box", Boxed(new(0, 100, 40, 400), new(200, 600, 500, 900), new(1600, 900))),
        ("34 a box smaller than a token", "box_cropped", "speakers[0].box", Boxed(new(101, 101, 105, 105), new(100, 600, 400, 900))),
        ("34 boxes that leave no background", "box_no_background", "speakers", Boxed(new(0, 0, 1000, 500), new(0, 500, 1000, 1000))),
        ("34 boxes that leave a background that nothing is picked from", "box_no_background", "speakers", Boxed(new(0, 0, 976, 500), new(0, 500, 976, 1000))),
        ("38 colour above 1", "color_correction_out_of_range", "options.colorCorrection", Of(new() { ColorCorrection = 1.01 }, _voice)),
        ("38 colour below 0", "color_correction_out_of_range", "options.colorCorrection", Of(new() { ColorCorrection = -0.01 }, _voice)),
        ("38 colour that is no number", "color_correction_out_of_range", "options.colorCorrection", Of(new() { ColorCorrection = double.NaN }, _voice)),
        ("39 a seed of 2^32", "seed_out_of_range", "options.seed", Of(new() { Seed = 4_294_967_296 }, _voice)),
        ("39 a seed below 0", "seed_out_of_range", "options.seed", Of(new() { Seed = -1 }, _voice)),
        ("40 an overlap as long as a segment", "motion_frame_out_of_range", "options.motionFrame", Of(new() { MotionFrame = 81 }, _voice)),
        ("40 an overlap longer than the segment that was asked for", "motion_frame_out_of_range", "options.motionFrame", Of(new() { FrameNum = 21, MotionFrame = 25 }, _voice)),
        ("40 the usual overlap with short segments", "motion_frame_out_of_range", "options.motionFrame", Of(new() { FrameNum = 25 }, _voice)),
        ("40 no overlap", "motion_frame_out_of_range", "options.motionFrame", Of(new() { MotionFrame = 0 }, _voice)),
        ("40 an overlap below 0", "motion_frame_out_of_range", "options.motionFrame", Of(new() { MotionFrame = -5 }, _voice)),
        ("44 speech over 40 s", "speech_too_long", "voice1", Of(null, Voice(40.01))),
        ("44 two voices over 40 s", "speech_too_long", "voice2", Of(null, Voice(20), Voice(21))),
        ("44 as on Colab over 40 s", "speech_too_long", "voice1", Of(new() { Preset = "colab" }, Voice(41))),
        ("44 a text over 40 s", "speech_too_long", "speakers[0].text", Of(null, _text with { Text = new('x', 700) })),
        ("44 a clip that cuts", "clip_too_short", "options.mode", Of(new() { Mode = "clip" }, _voice)),
        ("44 a second speaker who would be cut off", "second_speaker_cut", "voice2", Of(new() { Trim = true }, Voice(42), Voice(5))),
        ("44 a second speaker who would only speak when the video is over", "second_speaker_cut", "voice2", Of(new() { Trim = true }, Voice(40.5), Voice(5))),
        ("44 the same as on Colab", "second_speaker_cut", "voice2", Of(new() { Trim = true, Preset = "colab" }, Voice(41), Voice(5))),
        ("47 a text that is no English", "text_not_english", "speakers[0].text", Of(null, _text with { Text = new('你', 100) })),
        ("47 a voice that is no English", "tts_voice_unknown", "speakers[0].ttsVoice", Of(null, _text with { TtsVoice = "zf_xiaobei" })),
        ("47 a voice elsewhere", "tts_voice_unknown", "speakers[0].ttsVoice", Of(null, _text with { TtsVoice = "../../af_heart" })),
        ("49 cards that do not divide the heads", "gpus_not_dividing", "options.gpus", Of(new() { Gpus = 3 }, _voice)),
        ("49 no card", "gpus_not_dividing", "options.gpus", Of(new() { Gpus = 0 }, _voice)),
        ("49 more cards than heads", "gpus_not_dividing", "options.gpus", Of(new() { Gpus = 80 }, _voice)),

        // 1.1 and 1.5
        ("1.5 TeaCache with two passes", "teacache_needs_three_passes", "options.useTeacache", Of(new() { UseTeacache = true, TextGuideScale = 1 }, _voice)),
        ("1.5 TeaCache with a preset of two passes", "teacache_needs_three_passes", "options.useTeacache", Of(new() { Preset = "fastest", UseTeacache = true }, _voice)),
        ("1.5 TeaCache with almost two passes", "teacache_needs_three_passes", "options.useTeacache", Of(new() { UseTeacache = true, TextGuideScale = 1.0000000001 }, _voice)),
        ("1.1 a size of Wan's", "size_unknown", "options.size", Of(new() { Size = 1280 }, _voice)),
        ("1.1 no step", "steps_out_of_range", "options.steps", Of(new() { Steps = 0 }, _voice)),
        ("1.1 too many steps", "steps_out_of_range", "options.steps", Of(new() { Steps = 101 }, _voice)),
        ("1.1 another mode", "mode_unknown", "options.mode", Of(new() { Mode = "Clip" }, _voice)),
        ("1.1 no shift", "shift_out_of_range", "options.shift", Of(new() { Shift = 0 }, _voice)),
        ("1.1 hardly any shift", "shift_out_of_range", "options.shift", Of(new() { Shift = 1e-18 }, _voice)),
        ("1.1 a shift beyond all", "shift_out_of_range", "options.shift", Of(new() { Shift = double.PositiveInfinity }, _voice)),
        ("1.1 a text scale below 1", "text_guide_scale_out_of_range", "options.textGuideScale", Of(new() { TextGuideScale = 0.9 }, _voice)),
        ("1.1 an audio scale below 1", "audio_guide_scale_out_of_range", "options.audioGuideScale", Of(new() { AudioGuideScale = 0 }, _voice)),
        ("1.1 an audio scale that is no number", "audio_guide_scale_out_of_range", "options.audioGuideScale", Of(new() { AudioGuideScale = double.NaN }, _voice)),
        ("1.1 a threshold of 0", "teacache_threshold_out_of_range", "options.teacacheThreshold", Of(new() { TeacacheThreshold = 0 }, _voice)),
        ("1.1 another quantization", "quant_unknown", "options.quant", Of(new() { Quant = "fp8" }, _voice)),
        ("1.1 a LoRA for the quantized model", "quant_takes_no_lora", "options.loras", Of(new() { Quant = "int8", Loras = [new("a.safetensors", 1)] }, _voice)),
        ("1.1 the quantized model on two cards", "quant_needs_one_gpu", "options.gpus", Of(new() { Preset = "low-memory", Gpus = 2 }, _voice)),
        ("1.1 parameters below 0", "persistent_out_of_range", "options.persistentParameters", Of(new() { PersistentParameters = -1 }, _voice)),
        ("1.1 bytes in place of parameters", "persistent_out_of_range", "options.persistentParameters", Of(new() { PersistentParameters = 80_000_000_000 }, _voice)),
        ("1.2 parameters on several cards", "persistent_needs_one_gpu", "options.persistentParameters", Of(new() { PersistentParameters = 5_000_000_000, Gpus = 2 }, _voice)),
        ("another preset", "preset_unknown", "options.preset", Of(new() { Preset = "Standard" }, _voice)),
        ("another engine", "engine_unknown", "options.engine", Of(new() { Engine = "comfy" }, _voice)),
        ("a silent recording", "voice_silent", "voice1", Of(null, Voice(10, speech: 0))),
        ("a silent recording of the second of two", "voice_silent", "voice2", Of(null, Silent, Voice(10, speech: 0))),
        ("a text and a recording", "speech_mixed", "speakers", Of(null, _text, _voice)),
        ("a text in a preview", "tts_not_in_preview", "options.engine", Of(new() { Engine = "preview" }, _text)),
        ("a text in a clip", "tts_needs_streaming", "options.mode", Of(new() { Mode = "clip" }, _text)),
    ];

    /// <summary>The rows by name, each a case of its own.</summary>
    public static TheoryData<string, string> Rows => [.. _rows.Select(row => (row.Row, row.Code))];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Is_refused_with_its_code_and_a_remedy(string row, string code)
    {
        var (_, _, field, request) = _rows.Single(candidate => candidate.Row == row);
        var problem = Assert.Single(Problems(request), problem => problem.Code == code);

        Assert.Equal(field, problem.Field);
        Assert.Matches(StableCode(), problem.Code);
        Assert.Matches(Sentence(), problem.Message);
        Assert.Matches(Sentence(), problem.Remedy);
    }

    [Fact]
    public void Each_of_them_is_taken_without_its_fault()
    {
        Assert.Empty(Codes(null, _voice));
        Assert.Empty(Codes(null, _text));
        Assert.Empty(Codes(new() { Preset = "colab", AudioType = "para" }, Voice(10), Voice(10)));
        Assert.Empty(Codes(Boxed(new(100, 100, 400, 400), new(100, 600, 400, 900))));
        Assert.Empty(Codes(new() { FrameNum = 21, MotionFrame = 20, Shift = 20, TextGuideScale = 20, AudioGuideScale = 1, TeacacheThreshold = 1, ColorCorrection = 1, Steps = 100, PersistentParameters = 40_000_000_000 }, _voice));
        Assert.All((int[])[1, 2, 4, 5, 8, 10, 20, 40], gpus => Assert.Empty(Codes(new() { Gpus = gpus }, _voice)));
        Assert.All(Preset.Names, preset => Assert.Empty(Codes(new() { Preset = preset }, _voice)));
        Assert.All(KokoroVoice.English, voice => Assert.Empty(Codes(null, _text with { TtsVoice = voice })));
    }

    // A clip never reads the overlap.
    [Fact]
    public void A_short_clip_needs_no_overlap_of_its_own() =>
        Assert.Equal(21, Plan(new() { Mode = "clip", FrameNum = 21 }, Voice(0.5)).Frames);

    // Row 26: "Aduio file not exists or length not satisfies frame nums".
    [Fact]
    public void No_plan_has_a_voice_that_upstream_finds_too_short() => Randomly.Check(500, random =>
    {
        var frameNum = random.Of<int?>(null, (4 * random.Next(7, 51)) + 1);
        var options = new GenerationOptions { Preset = random.Of("standard", "colab"), FrameNum = frameNum, Mode = random.Of(null, "clip", "streaming"), Trim = random.Of<bool?>(null, true) };
        var voice = Voice(random.NextDouble() * 10);
        if (!Codes(options, voice).Any())
            Assert.All(Plan(options, voice).Speakers, speaker => Assert.True(Segmentation.AudioFrames(speaker.Samples!.Value) > (frameNum ?? 81), options.ToString()));
    });

    // Rows 28 and 29: "operands could not be broadcast", KeyError 'audio_type'.
    [Fact]
    public void Two_voices_always_have_a_type_and_together_one_length() => Randomly.Check(300, random =>
    {
        var options = new GenerationOptions { AudioType = random.Of(null, "add", "para"), FrameNum = random.Of<int?>(null, 101), Trim = random.Of<bool?>(null, true, false) };
        var plan = Plan(options, Voice(0.41 + (random.NextDouble() * 18)), Voice(0.41 + (random.NextDouble() * 18)));

        Assert.Equal(options.AudioType ?? "add", plan.AudioType);
        var (first, second) = (plan.Speakers[0].Samples!.Value, plan.Speakers[1].Samples!.Value);
        Assert.Equal(plan.AudioFrames, Segmentation.AudioFrames(plan.AudioType == "para" ? first : first + second));
        if (plan.AudioType == "para")
            Assert.Equal(first, second);
    });

    // Row 30: "Audio must have length greater than the block size".
    [Fact]
    public void No_voice_of_a_plan_is_shorter_than_the_loudness_meter_takes() => Randomly.Check(300, random =>
    {
        var voices = Enumerable.Range(0, random.Next(1, 3)).Select(_ => 6_401 + random.NextInt64(random.Of(100, 700_000)));
        var request = Request(new() { AudioType = null, Trim = true }, [.. voices.Select(samples => new SpeakerRequest(new VoiceFacts(samples, random.NextInt64(1, samples + 1))))]);
        if (!Codes(request).Any())
            Assert.All(Plan(request).Recordings(), samples => Assert.InRange(samples!.Value, 6_401, long.MaxValue));
    });

    // Row 45: "output.mp4" becomes "output.mp4.mp4".
    [Fact]
    public void The_output_is_a_stem_in_the_directory_of_the_job() =>
        Assert.All(Preset.Names, preset => Assert.Equal("output", Plan(new() { Preset = preset }, _voice).Argument("--save_file")));

    private static GenerationRequest Of(GenerationOptions? options, params SpeakerRequest[] speakers) => Request(options, speakers);

    private static GenerationRequest Boxed(Box first, Box second, PictureFacts? picture = null) =>
        Of(null, Voice(5) with { Box = first }, Voice(5) with { Box = second }) with { Picture = picture ?? Square };

    [GeneratedRegex("^[a-z0-9]+(_[a-z0-9]+)*$")]
    private static partial Regex StableCode();

    [GeneratedRegex("^[A-Z0-9\"−-].{8,}\\.$")]
    private static partial Regex Sentence();
}

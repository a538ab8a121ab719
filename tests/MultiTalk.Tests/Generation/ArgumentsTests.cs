using System.Globalization;
using MultiTalk.GpuRunner.Generation;
using static MultiTalk.Tests.Generation.Planning;

namespace MultiTalk.Tests.Generation;

/// <summary>The command that a plan runs.</summary>
public sealed class ArgumentsTests
{
    // The notebook's command, as the contract quotes it in section 1.2.
    private const string Notebook =
        "python3 generate_multitalk.py --ckpt_dir weights/Wan2.1-I2V-14B-480P --wav2vec_dir weights/chinese-wav2vec2-base --input_json input.json "
        + "--sample_steps 20 --num_persistent_param_in_dit <by GPU> --mode streaming --use_teacache --save_file output";

    [Theory]
    [InlineData("NVIDIA A100-SXM4-80GB", 80, "22000000000")]
    [InlineData("NVIDIA A100 80GB PCIe", 80, "22000000000")]
    [InlineData("NVIDIA A100-SXM4-40GB", 40, "11000000000")]
    [InlineData("NVIDIA A100-PCIE-40GB", 40, "11000000000")]
    [InlineData("NVIDIA L4", 24, "5000000000")]
    public void The_preset_colab_is_the_notebooks_command_token_by_token(string card, double gb, string parameters)
    {
        var plan = Plan(Request(new() { Preset = Preset.Colab }, Voice(10)), Runner(card, gb));
        IEnumerable<string> command = [.. plan.Launcher, "generate_multitalk.py", .. plan.Arguments];
        Assert.Equal(Notebook.Replace("<by GPU>", parameters, StringComparison.Ordinal).Split(' '), command);
        Assert.Equal(42, plan.Seed);
    }

    [Fact]
    public void Every_flag_that_can_be_planned_is_one_that_the_doctor_looks_for_in_the_script()
    {
        var everything = new GenerationOptions
        {
            FrameNum = 85,
            MotionFrame = 9,
            Mode = "streaming",
            Shift = 2,
            TextGuideScale = 3,
            AudioGuideScale = 3,
            UseTeacache = true,
            TeacacheThreshold = 0.3,
            UseApg = true,
            ColorCorrection = 1,
            Size = 720,
            Seed = 1,
        };
        GenerationPlan[] plans =
        [
            Plan(everything with { Loras = [new("a.safetensors", 1)] }, Voice(10)),
            Plan(new() { Preset = Preset.LowMemory, Loras = [new(Preset.FusionX, 1)] }, Voice(10)),
            Plan(everything with { Gpus = 2 }, new SpeakerRequest(Text: new('x', 100), TtsVoice: "af_heart")),
        ];

        Assert.Equal(
            ScriptArguments.Flags.Order(StringComparer.Ordinal),
            plans.SelectMany(plan => plan.Arguments).Where(argument => argument.StartsWith("--", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_preset_colab_adds_what_was_asked_for_and_nothing_else()
    {
        var plain = Plan(new() { Preset = Preset.Colab }, Voice(10)).Arguments;
        var chosen = Plan(new() { Preset = Preset.Colab, Size = 720, Seed = 7, AudioGuideScale = 3 }, Voice(10)).Arguments;
        Assert.Equal([.. plain.SkipLast(2), "--size", "multitalk-720", "--base_seed", "7", "--sample_audio_guide_scale", "3.0", "--save_file", "output"], chosen);
    }

    [Theory]
    [InlineData("standard", "--sample_steps 20", "--use_teacache", "--sample_audio_guide_scale 4.0", "--color_correction_strength 0.7", "--mode streaming")]
    [InlineData("quality", "--sample_steps 40", "--sample_audio_guide_scale 4.0", "--color_correction_strength 0.7")]
    [InlineData("fast", "--sample_steps 8", "--sample_shift 2.0", "--sample_text_guide_scale 1.0", "--sample_audio_guide_scale 2.0",
        "--lora_dir weights/Wan2.1_I2V_14B_FusionX_LoRA.safetensors --lora_scale 1.0")]
    [InlineData("fastest", "--sample_steps 4", "--sample_shift 2.0", "--sample_text_guide_scale 1.0", "--sample_audio_guide_scale 2.0",
        "--lora_dir weights/Wan21_T2V_14B_lightx2v_cfg_step_distill_lora_rank32.safetensors --lora_scale 1.0")]
    [InlineData("low-memory", "--sample_steps 20", "--quant int8 --quant_dir weights/MeiGen-MultiTalk", "--num_persistent_param_in_dit 0")]
    public void Presets_are_upstreams_published_settings(string preset, params string[] expected)
    {
        var plan = Plan(new() { Preset = preset }, Voice(10));
        Assert.All(expected, part => Assert.Contains($" {part} ", $" {string.Join(' ', plan.Arguments)} ", StringComparison.Ordinal));
        Assert.Equal(preset is "standard" or "low-memory", plan.Arguments.Contains("--use_teacache"));
        Assert.Equal(preset is "fast" or "fastest" ? 2 : 3, plan.Passes);
    }

    [Fact]
    public void Every_option_reaches_its_flag()
    {
        var plan = Plan(
            new()
            {
                Size = 720,
                Steps = 9,
                Seed = 7,
                Mode = "streaming",
                FrameNum = 101,
                MotionFrame = 9,
                Shift = 11.5,
                TextGuideScale = 4.25,
                AudioGuideScale = 3,
                UseTeacache = true,
                TeacacheThreshold = 0.35,
                UseApg = true,
                ColorCorrection = 0,
                PersistentParameters = 123,
                Loras = [new("a.safetensors", 0.5), new("b.safetensors", 1)],
            },
            Voice(10));
        Assert.Equal(
            "--ckpt_dir weights/Wan2.1-I2V-14B-480P --wav2vec_dir weights/chinese-wav2vec2-base --input_json input.json --sample_steps 9 --num_persistent_param_in_dit 123 "
            + "--mode streaming --use_teacache --size multitalk-720 --base_seed 7 --frame_num 101 --motion_frame 9 --sample_shift 11.5 --sample_text_guide_scale 4.25 "
            + "--sample_audio_guide_scale 3.0 --teacache_thresh 0.35 --use_apg --color_correction_strength 0.0 "
            + "--lora_dir weights/a.safetensors weights/b.safetensors --lora_scale 0.5 1.0 --save_file output",
            string.Join(' ', plan.Arguments));
    }

    [Theory]
    [InlineData(1.00004)]
    [InlineData(1.5)]
    [InlineData(0.00001234)]
    [InlineData(19.999999)]
    public void Numbers_reach_the_script_as_they_are(double value)
    {
        var options = new GenerationOptions { Shift = value, TextGuideScale = Math.Max(1, value), Loras = [new("a.safetensors", Math.Min(2, value))], UseTeacache = value > 1 };
        // Refusing what cannot be written is as good as writing it.
        if (Codes(options, Voice(5)).Any())
            return;

        var plan = Plan(options, Voice(5));
        Assert.Equal((value, Math.Max(1, value), Math.Min(2, value)), (Written("--sample_shift"), Written("--sample_text_guide_scale"), Written("--lora_scale")));
        Assert.Equal(IsClose(Written("--sample_text_guide_scale"), 1) ? 2 : 3, plan.Passes);

        double Written(string flag) => double.Parse(plan.Argument(flag), CultureInfo.InvariantCulture);
    }

    // Upstream decides by math.isclose how many passes there are, and TeaCache counts three.
    [Fact]
    public void TeaCache_never_runs_with_two_passes() => Randomly.Check(2_000, random =>
    {
        var options = new GenerationOptions
        {
            Preset = random.Of([.. Preset.Names]),
            TextGuideScale = random.Of<double?>(null, 1, 1 + Math.Pow(10, -random.Next(1, 17)), 1 + (20 * Math.Pow(random.NextDouble(), 8))),
            UseTeacache = random.Of<bool?>(null, true, false),
        };
        if (Codes(options, Voice(5)).Any())
            return;

        var plan = Plan(options, Voice(5));
        var scale = plan.Arguments.Contains("--sample_text_guide_scale") ? double.Parse(plan.Argument("--sample_text_guide_scale"), CultureInfo.InvariantCulture) : 5;
        Assert.Equal(IsClose(scale, 1) ? 2 : 3, plan.Passes);
        Assert.False(IsClose(scale, 1) && plan.Arguments.Contains("--use_teacache"), string.Join(' ', plan.Arguments));
        Assert.Equal(plan.UseTeacache, plan.Arguments.Contains("--use_teacache"));
    });

    [Fact]
    public void A_text_scale_of_one_takes_the_presets_TeaCache_away()
    {
        Assert.DoesNotContain("--use_teacache", Plan(new() { TextGuideScale = 1 }, Voice(5)).Arguments);
        Assert.DoesNotContain("--use_teacache", Plan(new() { Preset = Preset.Colab, TextGuideScale = 1 }, Voice(5)).Arguments);
        Assert.Equal(["teacache_needs_three_passes"], Codes(new() { Preset = Preset.Fast, UseTeacache = true }, Voice(5)));
    }

    [Fact]
    public void The_quantized_model_has_FusionX_merged_in()
    {
        var plan = Plan(new() { Preset = Preset.Fast, Quant = "int8" }, Voice(5));
        Assert.EndsWith(
            " --quant int8 --quant_dir weights/MeiGen-MultiTalk --lora_dir weights/MeiGen-MultiTalk/quant_models/quant_model_int8_FusionX.safetensors --save_file output",
            string.Join(' ', plan.Arguments), StringComparison.Ordinal);
        Assert.Equal(["quant_takes_no_lora"], Codes(new() { Preset = Preset.Fastest, Quant = "int8" }, Voice(5)));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Several_cards_are_started_by_torchrun(int gpus)
    {
        var plan = Plan(new() { Gpus = gpus }, Voice(5));
        Assert.Equal(["torchrun", "--standalone", $"--nproc_per_node={gpus}"], plan.Launcher);
        Assert.Contains($"--dit_fsdp --t5_fsdp --ulysses_size {gpus}", string.Join(' ', plan.Arguments), StringComparison.Ordinal);
        Assert.DoesNotContain("--num_persistent_param_in_dit", plan.Arguments);
        Assert.Null(plan.PersistentParameters);
    }

    [Fact]
    public void Arguments_are_relative_and_hold_nothing_that_was_written_by_the_user()
    {
        foreach (var preset in Preset.Names)
        {
            var plan = Plan(Request(new() { Preset = preset }, Voice(10)) with { Prompt = "--quant fp8; rm -rf /" });
            Assert.DoesNotContain(plan.Arguments, argument => argument.StartsWith('/') || argument.Contains("fp8", StringComparison.Ordinal) || argument.Contains("..", StringComparison.Ordinal));
            Assert.Equal(["--save_file", "output"], plan.Arguments.TakeLast(2));
        }
    }

    [Fact]
    public void Spoken_text_is_read_in_upstreams_mode() =>
        Assert.Equal("tts", Plan(new SpeakerRequest(Text: new('x', 100), TtsVoice: "af_heart")).Argument("--audio_mode"));

    // Python's math.isclose.
    private static bool IsClose(double one, double other) => Math.Abs(one - other) <= 1e-9 * Math.Max(Math.Abs(one), Math.Abs(other));
}

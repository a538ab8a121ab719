using System.Globalization;

namespace MultiTalk.GpuRunner.Generation;

/// <summary>
/// The argument list of <c>generate_multitalk.py</c>, as on Colab: relative paths, the notebook's order. What neither the
/// request nor its preset chose is left to upstream (docs/contract.md, "Arguments").
/// </summary>
public static class ScriptArguments
{
    /// <summary>Every flag that a list can hold: the script must know them all.</summary>
    public static IReadOnlyList<string> Flags { get; } =
    [
        "--ckpt_dir", "--wav2vec_dir", "--input_json", Steps, Persistent, "--mode", "--use_teacache", "--size", "--base_seed",
        "--frame_num", "--motion_frame", "--audio_mode", "--sample_shift", "--sample_text_guide_scale", "--sample_audio_guide_scale",
        "--teacache_thresh", "--use_apg", "--color_correction_strength", "--quant", "--quant_dir", "--lora_dir", "--lora_scale",
        "--dit_fsdp", "--t5_fsdp", "--ulysses_size", "--save_file",
    ];

    private const string Steps = "--sample_steps";
    private const string Persistent = "--num_persistent_param_in_dit";
    private const string Seed = "--base_seed";
    private const string Output = "--save_file";
    private const string QuantFolder = "weights/MeiGen-MultiTalk";

    /// <summary>Builds the list.</summary>
    internal static IReadOnlyList<string> Build(Settings settings, Timeline timeline, long seed, bool tts, long? persistent)
    {
        var list = new List<string>
        {
            "--ckpt_dir", "weights/Wan2.1-I2V-14B-480P",
            "--wav2vec_dir", "weights/chinese-wav2vec2-base",
            "--input_json", "input.json",
            Steps, Text(settings.Steps),
        };
        if (persistent is { } parameters)
            list.AddRange([Persistent, Text(parameters)]);
        list.AddRange(["--mode", timeline.Mode]);
        if (settings.UseTeacache)
            list.Add("--use_teacache");

        // Here the notebook's command ends but for its last argument; its preset adds what was asked for beyond it.
        if (!settings.AsOnColab || settings.Chosen.Size is not null)
            list.AddRange(["--size", "multitalk-" + Text(settings.Size)]);
        if (!settings.AsOnColab || settings.Chosen.Seed is not null)
            list.AddRange([Seed, Text(seed)]);
        if (timeline.FrameNum != Settings.TrainedFrameNum)
            list.AddRange(["--frame_num", Text(timeline.FrameNum)]);
        if (timeline.MotionFrame != Settings.DefaultMotionFrame)
            list.AddRange(["--motion_frame", Text(timeline.MotionFrame)]);
        if (tts)
            list.AddRange(["--audio_mode", "tts"]);
        Add("--sample_shift", settings.Shift);
        Add("--sample_text_guide_scale", settings.TextGuideScale);
        Add("--sample_audio_guide_scale", settings.AudioGuideScale);
        if (settings.UseTeacache)
            Add("--teacache_thresh", settings.TeacacheThreshold);
        if (settings.UseApg)
            list.Add("--use_apg");
        Add("--color_correction_strength", settings.ColorCorrection);
        list.AddRange(Model(settings));
        if (settings.Gpus > 1)
            list.AddRange(["--dit_fsdp", "--t5_fsdp", "--ulysses_size", Text(settings.Gpus)]);

        // The stem: upstream always appends ".mp4".
        list.AddRange([Output, "output"]);
        return list;

        void Add(string flag, double? value)
        {
            if (value is { } number)
                list.AddRange([flag, Text(number)]);
        }
    }

    /// <summary>The same list with another number of parameters that stay on the card, or with one if it had none.</summary>
    internal static IReadOnlyList<string> WithPersistent(IReadOnlyList<string> arguments, long parameters)
    {
        var list = arguments.ToList();
        if (list.IndexOf(Persistent) is var index and >= 0)
            list[index + 1] = Text(parameters);
        else
            list.InsertRange(list.IndexOf(Steps) + 2, [Persistent, Text(parameters)]);
        return list;
    }

    /// <summary>The same list with another seed, or with one if it had none.</summary>
    internal static IReadOnlyList<string> WithSeed(IReadOnlyList<string> arguments, long seed)
    {
        var list = arguments.ToList();
        if (list.IndexOf(Seed) is var index and >= 0)
            list[index + 1] = Text(seed);
        else
            list.InsertRange(list.IndexOf(Output), [Seed, Text(seed)]);
        return list;
    }

    /// <summary>What starts the script.</summary>
    internal static IReadOnlyList<string> Launcher(int gpus) =>
        gpus == 1 ? ["python3"] : ["torchrun", "--standalone", "--nproc_per_node=" + Text(gpus)];

    private static IEnumerable<string> Model(Settings settings)
    {
        if (settings.Quant is not null)
        {
            // With a quantized model the "LoRA" is a complete one that has it merged in.
            string[] merged = settings.Loras.Count == 0 ? [] : ["--lora_dir", $"{QuantFolder}/quant_models/quant_model_int8_FusionX.safetensors"];
            return ["--quant", settings.Quant, "--quant_dir", QuantFolder, .. merged];
        }

        return settings.Loras.Count == 0
            ? []
            : ["--lora_dir", .. settings.Loras.Select(lora => "weights/" + lora.File),
               "--lora_scale", .. settings.Loras.Select(lora => Text(lora.Scale!.Value))];
    }

    // As short as it can be and still the same number in Python.
    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture) is var text && text.Contains('.') ? text : text + ".0";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

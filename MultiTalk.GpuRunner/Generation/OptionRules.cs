namespace MultiTalk.GpuRunner.Generation;

/// <summary>What can be wrong with the options alone (docs/contract.md, "Arguments").</summary>
internal static class OptionRules
{
    private const long MaxSeed = uint.MaxValue;

    // The model has 40 attention heads, and each card takes a part of them.
    private static readonly int[] _gpus = [1, 2, 4, 5, 8, 10, 20, 40];

    private const int MaxLoras = 8;

    // Less has no effect, or none that anybody wants.
    private const double Least = 0.01;

    // More than the 18.9e9 parameters there are means "all of them"; beyond this it is a slip.
    private const long MaxPersistent = 40_000_000_000;

    public static IEnumerable<RequestProblem> Check(GenerationOptions options)
    {
        // JSON can hold what the type cannot.
        if (options.Loras?.Any(lora => lora is null) == true)
        {
            yield return new("lora_invalid", "options.loras", "A LoRA is null.", "Send an object with file and scale for each.");
            yield break;
        }

        if (options.Engine is { } engine && !Engine.All.Contains(engine))
            yield return Unknown("engine_unknown", "engine", engine, Engine.All);
        if (options.Size is not (null or 480 or 720))
            yield return new("size_unknown", "options.size", $"{options.Size} is no size.", "Use 480 or 720.");
        if (options.Steps is < 1 or > 100)
            yield return new("steps_out_of_range", "options.steps", $"{options.Steps} sampling steps cannot be run.", "Use 1 to 100; 10 to 40 are usual.");
        if (options.Seed is < 0 or > MaxSeed)
            yield return new("seed_out_of_range", "options.seed", $"{options.Seed} is no seed.", $"Use 0 to {MaxSeed}, or none for a random one.");
        if (options.AudioType is { } audioType && audioType is not (AudioType.Add or AudioType.Para))
            yield return new("audio_type_unknown", "options.audioType", $"There is no audio type \"{audioType}\".", "Use add (one after the other) or para (together).");
        if (options.Mode is { } mode && mode is not (GenerationMode.Clip or GenerationMode.Streaming))
            yield return new("mode_unknown", "options.mode", $"There is no mode \"{mode}\".", "Use clip (one segment) or streaming (as many as the speech needs), or leave it out.");

        // Everything below depends on the preset.
        if (options.Preset is { } preset && !Preset.Names.Contains(preset))
        {
            yield return Unknown("preset_unknown", "preset", preset, Preset.Names);
            yield break;
        }

        var settings = Settings.Of(options, Engine.MultiTalk);
        foreach (var problem in Frames(settings).Concat(Scales(settings)).Concat(Loras(settings)).Concat(Machine(settings)))
            yield return problem;
    }

    private static IEnumerable<RequestProblem> Frames(Settings settings)
    {
        if (settings.FrameNum is { } frameNum && frameNum % 4 != 1)
            yield return new("frame_num_not_4n_plus_1", "options.frameNum", $"{frameNum} frames cannot be sampled: a segment has 4n+1 of them.", $"Use {Segmentation.FrameNumFor(Math.Clamp(frameNum, 5, Timeline.MaxFrameNum - 3))}, or leave it out for 81, at which the model was trained.");
        else if (settings.FrameNum is < 5 or > Timeline.MaxFrameNum)
            yield return new("frame_num_out_of_range", "options.frameNum", $"A segment of {settings.FrameNum} frames does not work.", $"Use 5 to {Timeline.MaxFrameNum}; the model was trained at 81.");
        // A clip carries nothing over.
        if (settings.Mode == GenerationMode.Clip && settings.Chosen.MotionFrame is null)
            yield break;
        if (settings.MotionFrame < 1 || settings.MotionFrame >= (settings.FrameNum ?? Settings.TrainedFrameNum))
            yield return new("motion_frame_out_of_range", "options.motionFrame", $"With {settings.MotionFrame} frames carried over from segment to segment of {settings.FrameNum ?? Settings.TrainedFrameNum}, streaming would never end.", "Use at least 1 and fewer than a segment has; 25 and 9 are usual.");
    }

    private static IEnumerable<RequestProblem> Scales(Settings settings)
    {
        if (settings.Shift is { } shift && !(shift is >= Least and <= 20))
            yield return Range("shift_out_of_range", "shift", shift, "0.01 to 20; 7 is usual at 480, 11 at 720, 2 with a LoRA");
        if (settings.TextGuideScale is { } text && !(text is >= 1 and <= 20))
            yield return Range("text_guide_scale_out_of_range", "textGuideScale", text, "1 to 20; 5 is usual, 1 with a LoRA");
        if (settings.AudioGuideScale is { } audio && !(audio is >= 1 and <= 20))
            yield return Range("audio_guide_scale_out_of_range", "audioGuideScale", audio, "1 to 20; 3 to 5 are usual, 2 with a LoRA");
        if (settings.TeacacheThreshold is { } threshold && !(threshold is >= Least and <= 1))
            yield return Range("teacache_threshold_out_of_range", "teacacheThreshold", threshold, "0.01 to 1; 0.2 to 0.5 are usual");
        if (settings.ColorCorrection is { } color && !(color is >= 0 and <= 1))
            yield return Range("color_correction_out_of_range", "colorCorrection", color, "0 to 1");
        if (settings.UseTeacache && settings.TwoPasses)
            yield return new("teacache_needs_three_passes", "options.useTeacache", "TeaCache counts three passes a step, and a text scale of 1 runs two: it would mix up what it remembers.", "Set useTeacache to false, or use another textGuideScale.");
    }

    private static IEnumerable<RequestProblem> Loras(Settings settings)
    {
        if (settings.Chosen.Loras?.Count > MaxLoras)
            yield return new("loras_too_many", "options.loras", $"{settings.Chosen.Loras.Count} LoRAs cannot be merged in reason.", $"Use at most {MaxLoras}.");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, lora) in (settings.Chosen.Loras ?? []).Index())
        {
            var field = FormattableString.Invariant($"options.loras[{index}]");
            if (!IsSimpleName(lora.File))
                yield return new("lora_name_invalid", field + ".file", $"\"{lora.File}\" is no name of a LoRA file.", "Use the simple file name on the model volume, ending in .safetensors.");
            // Upstream registers it under its name up to the first dot.
            else if (!names.Add(lora.File[..lora.File.IndexOf('.', StringComparison.Ordinal)]))
                yield return new("lora_name_repeated", field + ".file", $"Another LoRA has the same name up to its first dot as {lora.File}, and upstream would apply that one twice.", "Name each once, and rename one of two that begin alike.");
            if (lora.Scale is not { } scale)
                yield return new("lora_scale_missing", field + ".scale", $"The LoRA {lora.File} has no scale, and upstream drops such LoRAs without a word.", "Give each LoRA its scale; 1.0 is usual.");
            else if (!(scale is >= Least and <= 2))
                yield return Range("lora_scale_out_of_range", FormattableString.Invariant($"loras[{index}].scale"), scale, "0.01 to 2; 1 is usual");
            else if (scale != 1 && settings.Quant is not null)
                yield return new("lora_scale_fixed", field + ".scale", "The quantized model has its LoRA merged in at scale 1.", "Use 1, or leave quant out.");
        }
    }

    private static IEnumerable<RequestProblem> Machine(Settings settings)
    {
        if (settings.Quant is { } quant && quant != GenerationQuant.Int8)
            yield return new("quant_unknown", "options.quant", $"There is no quantized model \"{quant}\".", "Use int8, or leave it out for the full model.");
        else if (settings.Quant is not null && settings.Loras is not ([] or [{ File: Preset.FusionX }]))
            yield return new("quant_takes_no_lora", "options.loras", "The quantized model cannot be merged with a LoRA; there is one that already holds FusionX.", $"Use {Preset.FusionX} alone or no LoRA with int8, or leave quant out.");
        if (!_gpus.Contains(settings.Gpus))
            yield return new("gpus_not_dividing", "options.gpus", $"The model's 40 heads cannot be shared by {settings.Gpus} cards.", $"Use one of: {string.Join(", ", _gpus)}.");
        else if (settings.Gpus > 1 && settings.Quant is not null)
            yield return new("quant_needs_one_gpu", "options.gpus", "The quantized model runs on one card only.", "Use one card, or leave quant out.");
        if (settings.Chosen.PersistentParameters is < 0 or > MaxPersistent)
            yield return new("persistent_out_of_range", "options.persistentParameters", $"{settings.Chosen.PersistentParameters} parameters cannot stay on the card.", "Use 0 to 40000000000 (the model has 18.9e9), or leave it out to have it chosen by the card.");
        else if (settings.Chosen.PersistentParameters is not null && settings.Gpus > 1)
            yield return new("persistent_needs_one_gpu", "options.persistentParameters", "Streaming layers to the card does not work on several cards.", "Leave persistentParameters out, or use one card.");
    }

    // Also on the volume of somebody else's machine: no directories, nothing hidden, nothing that looks like an option.
    private static bool IsSimpleName(string file) =>
        file.EndsWith(".safetensors", StringComparison.Ordinal) && file.Length <= 200 && char.IsAsciiLetterOrDigit(file[0])
        && file.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' or '+');

    private static RequestProblem Unknown(string code, string option, string value, IEnumerable<string> known) =>
        new(code, "options." + option, $"There is no {option} \"{value}\".", $"Use one of: {string.Join(", ", known)}.");

    private static RequestProblem Range(string code, string option, double value, string range) =>
        new(code, "options." + option, FormattableString.Invariant($"{value} is out of range."), $"Use {range}.");
}

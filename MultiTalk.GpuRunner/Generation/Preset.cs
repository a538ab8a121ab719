using System.Collections.Frozen;

namespace MultiTalk.GpuRunner.Generation;

/// <summary>Proven settings under a name (docs/contract.md, "Presets"). An option that is given wins over the preset's.</summary>
public static class Preset
{
    /// <summary>The notebook's settings with audio scale 4 and colour 0.7, and speech that is never cut.</summary>
    public const string Standard = "standard";

    /// <summary>The notebook's command to the letter: no padding, no trimming, upstream's own defaults and sound.</summary>
    public const string Colab = "colab";

    /// <summary>The FusionX LoRA and 8 steps.</summary>
    public const string Fast = "fast";

    /// <summary>The lightx2v LoRA and 4 steps.</summary>
    public const string Fastest = "fastest";

    /// <summary>40 steps and nothing skipped.</summary>
    public const string Quality = "quality";

    /// <summary>The quantized model, streamed to the card layer by layer.</summary>
    public const string LowMemory = "low-memory";

    /// <summary>The FusionX LoRA's file.</summary>
    public const string FusionX = "Wan2.1_I2V_14B_FusionX_LoRA.safetensors";

    /// <summary>The lightx2v LoRA's file.</summary>
    public const string LightX2V = "Wan21_T2V_14B_lightx2v_cfg_step_distill_lora_rank32.safetensors";

    private static readonly GenerationOptions _standard = new() { Steps = 20, UseTeacache = true, AudioGuideScale = 4, ColorCorrection = 0.7 };

    // Upstream's published LoRA examples: strength 1, text 1, audio 2, shift 2, no TeaCache.
    private static readonly GenerationOptions _distilled = new() { TextGuideScale = 1, AudioGuideScale = 2, Shift = 2, UseTeacache = false, ColorCorrection = 0.7 };

    private static readonly FrozenDictionary<string, GenerationOptions> _all = new Dictionary<string, GenerationOptions>
    {
        [Standard] = _standard,
        [Colab] = new() { Steps = 20, UseTeacache = true, Mode = GenerationMode.Streaming, KeepOriginalAudio = false },
        [Fast] = _distilled with { Steps = 8, Loras = [new(FusionX, 1)] },
        [Fastest] = _distilled with { Steps = 4, Loras = [new(LightX2V, 1)] },
        [Quality] = _standard with { Steps = 40, UseTeacache = false },
        [LowMemory] = _standard with { Quant = GenerationQuant.Int8, PersistentParameters = 0 },
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>All presets, the default first.</summary>
    public static IReadOnlyList<string> Names { get; } = [Standard, Colab, Fast, Fastest, Quality, LowMemory];

    /// <summary>What a preset chooses.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public static GenerationOptions Of(string name) => _all[name];
}

/// <summary>The names of the two modes.</summary>
public static class GenerationMode
{
    /// <summary>One segment.</summary>
    public const string Clip = "clip";

    /// <summary>Segments until the speech ends.</summary>
    public const string Streaming = "streaming";
}

/// <summary>The names of quantizations.</summary>
public static class GenerationQuant
{
    /// <summary>8-bit integers.</summary>
    public const string Int8 = "int8";
}

/// <summary>How two voices are joined.</summary>
public static class AudioType
{
    /// <summary>One after the other.</summary>
    public const string Add = "add";

    /// <summary>Together; both must have one length.</summary>
    public const string Para = "para";
}

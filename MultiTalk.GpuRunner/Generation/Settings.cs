namespace MultiTalk.GpuRunner.Generation;

/// <summary>The options of a request after its preset was applied. What is still null is left to upstream's default.</summary>
internal sealed record Settings
{
    public const int TrainedFrameNum = 81;
    public const int DefaultMotionFrame = 25;

    // Upstream's default where no --base_seed is given.
    public const long ColabSeed = 42;

    /// <summary>Exactly this text scale switches from three model passes a step to two (docs/contract.md, "Arguments").</summary>
    public const double TwoPassTextScale = 1;

    public required string Engine { get; init; }

    public required string Preset { get; init; }

    public required GenerationOptions Chosen { get; init; }

    public required GenerationOptions Defaults { get; init; }

    /// <summary>Upstream's own defaults count, and no silence is added or taken away.</summary>
    public bool AsOnColab => Preset == Generation.Preset.Colab;

    public int Size => Chosen.Size ?? Defaults.Size ?? 480;

    public int Steps => Chosen.Steps ?? Defaults.Steps ?? 40;

    public string? Mode => Chosen.Mode ?? Defaults.Mode;

    public int? FrameNum => Chosen.FrameNum ?? Defaults.FrameNum;

    public int MotionFrame => Chosen.MotionFrame ?? Defaults.MotionFrame ?? DefaultMotionFrame;

    public double? Shift => Chosen.Shift ?? Defaults.Shift;

    public double? TextGuideScale => Chosen.TextGuideScale ?? Defaults.TextGuideScale;

    public double? AudioGuideScale => Chosen.AudioGuideScale ?? Defaults.AudioGuideScale;

    // As Python's math.isclose, by which upstream decides.
    public bool TwoPasses => TextGuideScale is { } scale && Math.Abs(scale - TwoPassTextScale) <= 1e-9 * Math.Max(scale, TwoPassTextScale);

    /// <summary>A preset's TeaCache gives way to a text scale that it cannot work with; one that was asked for is a problem.</summary>
    public bool UseTeacache => Chosen.UseTeacache ?? ((Defaults.UseTeacache ?? false) && !TwoPasses);

    public double? TeacacheThreshold => Chosen.TeacacheThreshold ?? Defaults.TeacacheThreshold;

    public bool UseApg => Chosen.UseApg ?? Defaults.UseApg ?? false;

    public double? ColorCorrection => Chosen.ColorCorrection ?? Defaults.ColorCorrection;

    public IReadOnlyList<Lora> Loras => Chosen.Loras ?? Defaults.Loras ?? [];

    public string? Quant => Chosen.Quant ?? Defaults.Quant;

    public int Gpus => Chosen.Gpus ?? Defaults.Gpus ?? 1;

    public bool KeepOriginalAudio => Chosen.KeepOriginalAudio ?? Defaults.KeepOriginalAudio ?? true;

    /// <summary>A preset's number is for one card; on several nothing is streamed.</summary>
    public long? PersistentParameters => Chosen.PersistentParameters ?? (Gpus == 1 ? Defaults.PersistentParameters : null);

    public static Settings Of(GenerationOptions options, string defaultEngine)
    {
        var preset = options.Preset ?? Generation.Preset.Standard;
        return new Settings
        {
            Engine = options.Engine ?? defaultEngine,
            Preset = preset,
            Chosen = options,
            Defaults = Generation.Preset.Of(preset),
        };
    }
}

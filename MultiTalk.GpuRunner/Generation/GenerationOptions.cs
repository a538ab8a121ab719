using System.Text.Json.Serialization;

namespace MultiTalk.GpuRunner.Generation;

/// <summary>
/// What a request may choose. What is null is the preset's choice, and where that has none, upstream's default
/// (docs/contract.md, "Arguments"). Unknown keys are refused.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record GenerationOptions
{
    /// <summary>One of <see cref="Generation.Engine.All"/>.</summary>
    public string? Engine { get; init; }

    /// <summary>One of <see cref="Generation.Preset.Names"/>; <c>standard</c> unless given.</summary>
    public string? Preset { get; init; }

    /// <summary>The area bucket: 480 or 720.</summary>
    public int? Size { get; init; }

    /// <summary>Sampling steps a segment, 1 to 100.</summary>
    public int? Steps { get; init; }

    /// <summary>0 to 2³²−1: NumPy takes no other. Without one a random seed is drawn and recorded.</summary>
    public long? Seed { get; init; }

    /// <summary>With two voices: <c>add</c> (one after the other) or <c>para</c> (together).</summary>
    public string? AudioType { get; init; }

    /// <summary><c>clip</c> (one segment) or <c>streaming</c> (as many as the speech needs); the better one unless given.</summary>
    public string? Mode { get; init; }

    /// <summary>Frames of a segment, F: 4n+1, 5 to 201; the model was trained at 81.</summary>
    public int? FrameNum { get; init; }

    /// <summary>Frames carried over to the next segment, M: 1 to F−1; 25 unless given.</summary>
    public int? MotionFrame { get; init; }

    /// <summary>Flow-matching time shift, 0.01 to 20; upstream's is 7 at 480 and 11 at 720.</summary>
    public double? Shift { get; init; }

    /// <summary>How closely the prompt is followed, 1 to 20; exactly 1 runs two passes a step instead of three.</summary>
    public double? TextGuideScale { get; init; }

    /// <summary>How closely the lips follow the voice, 1 to 20; more also drifts more in colour.</summary>
    public double? AudioGuideScale { get; init; }

    /// <summary>Whether steps that change little are skipped (TeaCache); not with a text scale of 1.</summary>
    public bool? UseTeacache { get; init; }

    /// <summary>How much may be skipped, 0.01 to 1; 0.2 to 0.5 are usual.</summary>
    public double? TeacacheThreshold { get; init; }

    /// <summary>Adaptive projected guidance, against colours that build up in long videos.</summary>
    public bool? UseApg { get; init; }

    /// <summary>How strongly each segment's colours are matched to the picture, 0 to 1.</summary>
    public double? ColorCorrection { get; init; }

    /// <summary>LoRA files, in the order in which they are merged.</summary>
    public IReadOnlyList<Lora>? Loras { get; init; }

    /// <summary><c>int8</c> for the quantized model.</summary>
    public string? Quant { get; init; }

    /// <summary>DiT parameters (a count, not bytes) that stay on the card; by the card's memory unless given.</summary>
    public long? PersistentParameters { get; init; }

    /// <summary>Cards that work together on one video: a divisor of the model's 40 heads.</summary>
    public int? Gpus { get; init; }

    /// <summary>
    /// Whether the video sounds as the recordings do, and not as upstream's own track: mono, 16 kHz, made equally loud. True unless
    /// given, but for the preset <c>colab</c>. A spoken text has no recording.
    /// </summary>
    public bool? KeepOriginalAudio { get; init; }

    /// <summary>
    /// True: speech that is too long is cut. Unless given, only silence at the end is, where that saves a segment. False: nothing.
    /// </summary>
    public bool? Trim { get; init; }
}

/// <summary>A LoRA and its strength.</summary>
/// <param name="File">Its simple file name on the model volume.</param>
/// <param name="Scale">Its strength, 0.01 to 2. It has no default: upstream drops LoRAs without one silently.</param>
public sealed record Lora(string File, double? Scale = null);

using System.Text.Json.Serialization;

namespace MultiTalk.GpuRunner.Generation;

/// <summary>What a request will do and cost, computed before anything runs. <c>plan --json</c> and the API print it.</summary>
public sealed record GenerationPlan
{
    /// <summary>One of <see cref="Generation.Engine.All"/>.</summary>
    public required string Engine { get; init; }

    /// <summary>One of <see cref="Generation.Preset.Names"/>.</summary>
    public required string Preset { get; init; }

    /// <summary>480 or 720.</summary>
    public required int Size { get; init; }

    /// <summary>Pixels of the output.</summary>
    public required int Width { get; init; }

    /// <summary>Pixels of the output.</summary>
    public required int Height { get; init; }

    /// <summary>How the picture becomes the output.</summary>
    public required Crop Crop { get; init; }

    /// <summary><c>clip</c> or <c>streaming</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>Frames of a segment.</summary>
    public required int FrameNum { get; init; }

    /// <summary>Frames carried over to the next segment.</summary>
    public required int MotionFrame { get; init; }

    /// <summary>Sampling steps a segment.</summary>
    public required int Steps { get; init; }

    /// <summary>The seed, drawn if the request named none.</summary>
    public required long Seed { get; init; }

    /// <summary>Who speaks, in order.</summary>
    public required IReadOnlyList<PlannedSpeaker> Speakers { get; init; }

    /// <summary><c>add</c> or <c>para</c>; null with one speaker or spoken text.</summary>
    public string? AudioType { get; init; }

    /// <summary>What Kokoro speaks, in upstream's form; null with recorded voices. Lengths are then a guess.</summary>
    public string? Script { get; init; }

    /// <summary>Whether segments and frames are a guess: how long a text lasts shows when it was spoken.</summary>
    [JsonIgnore]
    public bool LengthIsGuess => Script is not null && !IsSpoken;

    /// <summary>Whether the text was spoken, and so segments and frames are known (<see cref="Spoken"/>).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsSpoken { get; init; }

    /// <summary>Frames of audio as upstream counts them, padding included.</summary>
    public required int AudioFrames { get; init; }

    /// <summary>Seconds of silence that are added at the end of the speech.</summary>
    public required double PaddingSeconds { get; init; }

    /// <summary>Seconds that are taken away at the end of the speech.</summary>
    public required double TrimmedSeconds { get; init; }

    /// <summary>Whether the recordings take the place of upstream's own track, which is mono at 16 kHz. Never with a spoken text.</summary>
    public required bool KeepOriginalAudio { get; init; }

    /// <summary>Sampled clips, each a progress bar.</summary>
    public required int Segments { get; init; }

    /// <summary>Frames of the output.</summary>
    public required int Frames { get; init; }

    /// <summary>Seconds of the output.</summary>
    public required double DurationSeconds { get; init; }

    /// <summary>Whether steps that change little are skipped.</summary>
    public required bool UseTeacache { get; init; }

    /// <summary>Model passes a step: 3, or 2 with a text scale of 1.</summary>
    public required int Passes { get; init; }

    /// <summary><c>int8</c>, or null for the full model.</summary>
    public string? Quant { get; init; }

    /// <summary>LoRA files, in the order in which they are merged.</summary>
    public required IReadOnlyList<Lora> Loras { get; init; }

    /// <summary>Cards that work together.</summary>
    public required int Gpus { get; init; }

    /// <summary>DiT parameters that stay on the card; null on several cards.</summary>
    public long? PersistentParameters { get; init; }

    /// <summary>Whether <see cref="PersistentParameters"/> follows from the card, and not from the request.</summary>
    public required bool PersistentByGpu { get; init; }

    /// <summary>What starts the script: an interpreter, or torchrun with its own arguments.</summary>
    public required IReadOnlyList<string> Launcher { get; init; }

    /// <summary>The script's arguments, one element each, relative paths only.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Variables of the script's environment with a fixed value; the rest is an allow-list of the runner's own.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>What it will cost.</summary>
    public required Estimate Estimate { get; init; }

    /// <summary>What is worth knowing beforehand, a sentence each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}

/// <summary>One speaker of a plan.</summary>
/// <param name="Samples">Samples at 16 kHz to which the recording is padded or trimmed; null without one.</param>
/// <param name="Text">What is spoken by a machine, as it was asked for; null with a recording.</param>
/// <param name="TtsVoice">The voice that speaks the text; null with a recording.</param>
/// <param name="Box">Where the person is in the picture.</param>
public sealed record PlannedSpeaker(long? Samples = null, string? Text = null, string? TtsVoice = null, Box? Box = null);

/// <summary>What a plan will cost.</summary>
/// <param name="Minutes">From the start of the script to the finished video.</param>
/// <param name="GpuMemoryGb">Peak of the card's memory in GB; of each card, where several work together. 0 without a card.</param>
/// <param name="HostMemoryGb">Memory in GB that the host should have.</param>
/// <param name="Basis">Where the figures come from, in words.</param>
public sealed record Estimate(double Minutes, double GpuMemoryGb, double HostMemoryGb, string Basis);

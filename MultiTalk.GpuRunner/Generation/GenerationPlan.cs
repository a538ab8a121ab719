namespace MultiTalk.GpuRunner.Generation;

/// <summary>What a request will do, computed before anything runs.</summary>
public sealed record GenerationPlan
{
    /// <summary>One of <see cref="Generation.Engine.All"/>.</summary>
    public required string Engine { get; init; }

    /// <summary>480 or 720.</summary>
    public required int Size { get; init; }

    /// <summary>Pixels of the output.</summary>
    public required int Width { get; init; }

    /// <summary>Pixels of the output.</summary>
    public required int Height { get; init; }

    /// <summary><c>clip</c> or <c>streaming</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>Sampling steps a segment.</summary>
    public required int Steps { get; init; }

    /// <summary>The seed, drawn if the request named none.</summary>
    public required long Seed { get; init; }

    /// <summary><c>add</c> or <c>para</c>; null with one speaker.</summary>
    public string? AudioType { get; init; }

    /// <summary>Frames of audio as upstream counts them, padding included.</summary>
    public required int AudioFrames { get; init; }

    /// <summary>Samples at 16 kHz to which each voice is padded with silence, in the speakers' order.</summary>
    public required IReadOnlyList<long> VoiceSamples { get; init; }

    /// <summary>Sampled clips, each a progress bar.</summary>
    public required int Segments { get; init; }

    /// <summary>Frames of the output.</summary>
    public required int Frames { get; init; }

    /// <summary>Seconds of the output.</summary>
    public required double DurationSeconds { get; init; }

    /// <summary>The script's arguments, one element each, relative paths only.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }
}

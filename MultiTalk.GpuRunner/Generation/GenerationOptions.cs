using System.Text.Json.Serialization;

namespace MultiTalk.GpuRunner.Generation;

/// <summary>What a request may choose; what is null gets its default when the request is planned. Unknown keys are refused.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record GenerationOptions
{
    /// <summary>One of <see cref="Generation.Engine.All"/>.</summary>
    public string? Engine { get; init; }

    /// <summary>The area bucket: 480 or 720.</summary>
    public int? Size { get; init; }

    /// <summary>Sampling steps a segment, 1 to 100.</summary>
    public int? Steps { get; init; }

    /// <summary>0 to 2³²−1: NumPy takes no other. Without one a random seed is drawn and recorded.</summary>
    public long? Seed { get; init; }

    /// <summary>With two voices: <c>add</c> (one after the other) or <c>para</c> (together).</summary>
    public string? AudioType { get; init; }
}

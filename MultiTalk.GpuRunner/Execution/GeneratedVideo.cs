using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>A verified video in its workspace, which is deleted together with this.</summary>
public sealed class GeneratedVideo(Workspace workspace, VideoFacts facts, TimeSpan sampled, TimeSpan other) : IDisposable
{
    /// <summary>The file.</summary>
    public string Path => workspace.PathOf(ColabLayout.Output);

    /// <summary>Its measures.</summary>
    public VideoFacts Facts { get; } = facts;

    /// <summary>How long sampling took.</summary>
    public TimeSpan Sampled { get; } = sampled;

    /// <summary>How long the script took beside sampling: loading, decoding, saving.</summary>
    public TimeSpan Other { get; } = other;

    /// <inheritdoc/>
    public void Dispose() => workspace.Dispose();
}

using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>A verified video in its workspace, which is deleted together with this unless it is kept.</summary>
public sealed class GeneratedVideo(Workspace workspace, VideoFacts facts, GenerationPlan plan) : IDisposable
{
    /// <summary>The file.</summary>
    public string Path => System.IO.Path.Combine(workspace.Home, OutputCollector.Video);

    /// <summary>Its measures.</summary>
    public VideoFacts Facts { get; } = facts;

    /// <summary>What ran: the plan of the attempt, or what became of it on the way.</summary>
    public GenerationPlan Plan { get; } = plan;

    /// <summary>Keeps it with its workspace for a while, because it could not be handed over.</summary>
    /// <param name="error">Why.</param>
    public void Keep(JobError error) => KeptFailure.Keep(workspace, error);

    /// <inheritdoc/>
    public void Dispose() => workspace.Dispose();
}

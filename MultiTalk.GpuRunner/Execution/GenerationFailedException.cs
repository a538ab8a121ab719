using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>An attempt failed for a reason that can be told.</summary>
public sealed class GenerationFailedException(JobError error, Exception? cause = null)
    : Exception($"{error.Title} {error.Remedy}", cause)
{
    /// <summary>The reason.</summary>
    public JobError Error { get; } = error;
}

using System.Diagnostics;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>The traces of a runner.</summary>
public static class RunnerActivity
{
    /// <summary>Source of the activities <c>attempt</c>, <c>prepare</c>, <c>script</c>, <c>verify</c> and <c>upload</c>.</summary>
    public static readonly ActivitySource Source = new("MultiTalk.GpuRunner");
}

namespace MultiTalk.GpuRunner.Worker;

/// <summary>The Web answered 409: the attempt is no longer ours, because it was canceled or given to another runner.</summary>
public sealed class FencedException() : Exception("The attempt no longer belongs to this runner.");

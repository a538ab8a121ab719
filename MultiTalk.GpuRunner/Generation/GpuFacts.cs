namespace MultiTalk.GpuRunner.Generation;

/// <summary>The graphics cards of a machine.</summary>
/// <param name="Name">Of the first, as its driver calls it: <c>NVIDIA A100-SXM4-80GB</c>.</param>
/// <param name="MemoryGb">Memory of the smallest, in GiB as the driver counts it, rounded to the size it is sold as.</param>
/// <param name="Count">How many there are.</param>
/// <param name="ComputeCapability">Of the least, such as 8.0; 0 if it is not known.</param>
/// <param name="Driver">Version of the driver; empty if it is not known.</param>
public sealed record GpuFacts(string Name, double MemoryGb, int Count = 1, double ComputeCapability = 0, string Driver = "");

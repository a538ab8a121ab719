namespace MultiTalk.GpuRunner.Contracts;

/// <summary>One thing that a doctor looked at on its machine.</summary>
/// <param name="Code">Stable, lower case with underscores: <c>python_version</c>, <c>pin_torch</c>, <c>import_misaki</c>, <c>gpu</c> …</param>
/// <param name="Name">What it is, for people.</param>
/// <param name="Expected">What the real script needs.</param>
/// <param name="Here">What was found here.</param>
/// <param name="Ok">Whether that will do.</param>
/// <param name="Remedy">What to do about it; empty where there is nothing to do.</param>
public sealed record Probe(string Code, string Name, string Expected, string Here, bool Ok, string Remedy);

namespace MultiTalk.GpuRunner.Generation;

/// <summary>How fast a runner was in its own earlier runs; the basis of its estimates from the first run on.</summary>
/// <param name="Engine">One of <see cref="Generation.Engine.All"/>.</param>
/// <param name="Gpus">Cards in use together.</param>
/// <param name="Seconds">What the parts of those runs took.</param>
/// <param name="Runs">From how many runs.</param>
/// <param name="Quant"><c>int8</c>, or null for the full model.</param>
public sealed record Measurement(string Engine, int Gpus, RunSeconds Seconds, int Runs, string? Quant = null);

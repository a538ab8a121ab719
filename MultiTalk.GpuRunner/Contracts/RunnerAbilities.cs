using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Contracts;

/// <summary>What a runner can do: the doctor's findings, as far as they decide which jobs it is offered.</summary>
public sealed record RunnerAbilities
{
    /// <summary>
    /// What keeps it from running its engine at all, a sentence each with its remedy; nothing if it is ready. A runner with
    /// blockers registers, so that people see them, and is offered no job.
    /// </summary>
    public required IReadOnlyList<string> Blockers { get; init; }

    /// <summary>Its graphics cards; null without one.</summary>
    public GpuFacts? Gpu { get; init; }

    /// <summary>Host memory in GB that its processes may use: the machine's, or the container's limit; 0 if it could not be read.</summary>
    public double HostMemoryGb { get; init; }

    /// <summary>
    /// Which model files it has: names of <see cref="ModelSet"/>, LoRA files as <c>lora:&lt;file name&gt;</c> and voices as <c>voice:&lt;name&gt;</c>.
    /// </summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>How fast its own runs were; told with every claim.</summary>
    public IReadOnlyList<Measurement> Measurements { get; init; } = [];
}

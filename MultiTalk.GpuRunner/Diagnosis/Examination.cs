using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Diagnosis;

/// <summary>The raw facts of an examination, from which probes, parity and abilities follow without looking again.</summary>
/// <param name="Options">The settings of the runner.</param>
/// <param name="Machine">Where programs were looked for.</param>
/// <param name="Live">What a job would see.</param>
/// <param name="Gpu">Cards and driver.</param>
/// <param name="Memory">Of the host.</param>
/// <param name="Programs">ffmpeg and its like.</param>
/// <param name="Disks">Where is room.</param>
/// <param name="Checkout">Upstream's code.</param>
/// <param name="Models">The model volume.</param>
internal sealed record Examination(
    RunnerOptions Options, Machine Machine, LiveFacts Live, GpuFindings Gpu, HostMemory Memory, ProgramFacts Programs, IReadOnlyList<DiskFacts> Disks,
    CheckoutFacts Checkout, ModelReport Models)
{
    /// <summary>Whether the full model fits into the host's memory.</summary>
    public bool HoldsFullModel => Memory.Gb >= HostProbes.Least(HostNeeds.FullGb);

    /// <summary>Whether some set of model files fits into the host's memory.</summary>
    public bool HoldsSomeModel => HoldsFullModel
        || (Memory.Gb >= HostProbes.Least(HostNeeds.QuantizedGb) && (Models.Sets.Count == 0 || Models.Sets.Any(set => set is ModelSet.Int8 or ModelSet.Int8FusionX)));
}

namespace MultiTalk.GpuRunner.Contracts;

/// <summary>Everything a doctor found on a machine.</summary>
/// <param name="Parity">The nine rows, in order.</param>
/// <param name="Probes">What was looked at, one by one.</param>
/// <param name="Abilities">What follows for the jobs that the machine can be given.</param>
public sealed record DoctorReport(IReadOnlyList<ParityCheck> Parity, IReadOnlyList<Probe> Probes, RunnerAbilities Abilities)
{
    /// <summary>Whether the machine is as Colab is, in every row and probe.</summary>
    public bool Ok => Parity.All(check => check.Ok) && Probes.All(probe => probe.Ok);
}

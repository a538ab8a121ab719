using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.GpuRunner.Generation;

/// <summary>
/// What a plan will cost: from this runner's own runs if it has any, else from MultiTalk's published figures
/// (docs/contract.md, "Timings").
/// </summary>
internal static class Estimator
{
    // Seconds a unit on an A100 with everything resident, and how much longer with everything streamed: 44 s.
    private const double OnA100 = 35;
    private const double OnA100At720 = 115;
    private const double Streaming = 44 / OnA100;

    // Loading 75 GB of weights, and decoding a segment.
    private const double LoadSeconds = 180;
    private const double DecodeSeconds = 15;

    // Seen on a machine of two cores.
    private const double PreviewSeconds = 2.5;
    private const double PreviewFixedSeconds = 0.7;

    /// <summary>Makes the estimate.</summary>
    /// <param name="plan">What will run.</param>
    /// <param name="runner">Where; null if that is not known yet.</param>
    public static Estimate Of(GenerationPlan plan, RunnerAbilities? runner)
    {
        var measured = runner?.Measurements.FirstOrDefault(run => IsOf(run, plan));
        var (seconds, basis) = measured is not null
            ? (measured.FixedSeconds + (Workload.Units(plan) * measured.SecondsPerUnit), $"measured on this runner in {measured.Runs} run{(measured.Runs == 1 ? "" : "s")}")
            : plan.Engine == Engine.Preview ? Preview(plan) : Published(plan, runner?.Gpu);

        var minutes = Math.Round(seconds / 60, seconds < 600 ? 2 : 0);
        return plan.Engine == Engine.Preview
            ? new(minutes, 0, 0, basis)
            : new(minutes, Math.Round(GpuMemory.Peak(plan, plan.PersistentParameters ?? 0), 1), HostNeeds.Of(plan), basis);
    }

    /// <summary>Whether a measurement speaks of runs like this.</summary>
    public static bool IsOf(Measurement run, GenerationPlan plan) => run.Engine == plan.Engine && run.Quant == plan.Quant && run.Gpus == plan.Gpus;

    private static (double Seconds, string Basis) Preview(GenerationPlan plan) =>
        (PreviewFixedSeconds + (Workload.Units(plan) * PreviewSeconds), "typical for a preview on two cores");

    private static (double Seconds, string Basis) Published(GenerationPlan plan, GpuFacts? gpu)
    {
        var streamed = plan.Gpus == 1 ? 1 - (Math.Min(plan.PersistentParameters ?? 0, GpuMemory.DitParameters) / GpuMemory.DitParameters) : 0;
        var (factor, basis) = GpuSpeed.Of(gpu);
        var perUnit = OnA100 * factor * Shared(plan) * (1 + (streamed * (Streaming - 1)));
        return (LoadSeconds + (plan.Segments * DecodeSeconds) + (Workload.Units(plan) * perUnit), basis);
    }

    // Seconds a step on 2, 4 and 8 cards, against those on one.
    private static double Shared(GenerationPlan plan) => (plan.Gpus, plan.Size) switch
    {
        (1, _) => 1,
        ( < 4, 720) => 78 / OnA100At720,
        ( < 8, 720) => 40 / OnA100At720,
        (_, 720) => 20 / OnA100At720,
        ( < 4, _) => 27 / OnA100,
        ( < 8, _) => 14 / OnA100,
        _ => 8 / OnA100,
    };
}

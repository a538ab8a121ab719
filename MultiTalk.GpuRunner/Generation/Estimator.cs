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

    // Loading 75 GB of weights, compiling, decoding a segment, saving.
    private const double LoadSeconds = 160;
    private const double FirstStepSeconds = 10;
    private const double DecodeSeconds = 15;
    private const double SaveSeconds = 10;

    // Seen on a machine of two cores.
    private static readonly RunSeconds _preview = new(Loading: 0.5, FirstStep: 0, PerUnit: 2.5, Decoding: 0, Saving: 0.2);

    /// <summary>Makes the estimate.</summary>
    /// <param name="plan">What will run.</param>
    /// <param name="runner">Where; null if that is not known yet.</param>
    public static Estimate Of(GenerationPlan plan, RunnerAbilities? runner)
    {
        var measured = MeasuredFor(plan, runner?.Measurements ?? []);
        var (parts, basis) = measured is not null
            ? (measured.Seconds, $"measured on this runner in {measured.Runs} run{(measured.Runs == 1 ? "" : "s")}")
            : plan.Engine == Engine.Preview ? (_preview, "typical for a preview on two cores") : Published(plan, runner?.Gpu);

        var seconds = parts.Of(plan);
        var minutes = Math.Round(seconds / 60, seconds < 600 ? 2 : 0);
        return plan.Engine == Engine.Preview
            ? new(minutes, 0, 0, basis)
            : new(minutes, Math.Round(GpuMemory.Peak(plan, plan.PersistentParameters ?? 0), 1), HostNeeds.Of(plan), basis);
    }

    /// <summary>The measurement that speaks of runs like this; null without one.</summary>
    public static Measurement? MeasuredFor(GenerationPlan plan, IEnumerable<Measurement> measurements) =>
        measurements.FirstOrDefault(run => run.Engine == plan.Engine && run.Quant == plan.Quant && run.Gpus == plan.Gpus);

    /// <summary>What a run that nobody measured will take in its parts, so that they add up to the plan's estimate.</summary>
    public static RunSeconds Expected(GenerationPlan plan)
    {
        var parts = plan.Engine == Engine.Preview ? _preview : Published(plan, null).Seconds;
        var sampling = parts.PerUnit * Workload.Units(plan);
        var estimated = (plan.Estimate.Minutes * 60) - (parts.Of(plan) - sampling);
        // The estimate knows the card; but it is rounded, and of another runner's measurements.
        return estimated > 0 && sampling > 0 ? parts with { PerUnit = parts.PerUnit * estimated / sampling } : parts;
    }

    private static (RunSeconds Seconds, string Basis) Published(GenerationPlan plan, GpuFacts? gpu)
    {
        var streamed = plan.Gpus == 1 ? 1 - (Math.Min(plan.PersistentParameters ?? 0, GpuMemory.DitParameters) / GpuMemory.DitParameters) : 0;
        var (factor, basis) = GpuSpeed.Of(gpu);
        var perUnit = OnA100 * factor * Shared(plan) * (1 + (streamed * (Streaming - 1)));
        return (new(LoadSeconds, FirstStepSeconds, perUnit, DecodeSeconds, SaveSeconds), basis);
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

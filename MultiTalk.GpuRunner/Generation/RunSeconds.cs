namespace MultiTalk.GpuRunner.Generation;

/// <summary>How long the parts of a run take, in seconds: what is expected of the next run and remembered of those before.</summary>
/// <param name="Loading">From the start of the script to the line <c>Generating video</c>.</param>
/// <param name="FirstStep">From there to the end of the first step of all, beyond what another step takes: encoding and compiling.</param>
/// <param name="PerUnit">Of sampling, for a unit of <see cref="Workload.Units"/>.</param>
/// <param name="Decoding">Between the last step of a segment and what follows it.</param>
/// <param name="Saving">From the line <c>Saving generated video</c> to the end of the script.</param>
/// <param name="LateSteps">What a step costs that TeaCache may skip, with one that it always computes as 1; null if none was seen.</param>
public sealed record RunSeconds(double Loading, double FirstStep, double PerUnit, double Decoding, double Saving, double? LateSteps = null)
{
    // Ten days.
    private const double Most = 864_000;

    /// <summary>Seconds of a whole run.</summary>
    public double Of(GenerationPlan plan) => Loading + FirstStep + (Workload.Units(plan) * PerUnit) + (plan.Segments * Decoding) + Saving;

    /// <summary>Whether these can be durations, wherever they were read.</summary>
    public bool IsSound() => new[] { Loading, FirstStep, PerUnit, Decoding, Saving, LateSteps ?? 0 }.All(number => number is >= 0 and < Most);

    /// <summary>Something between these durations and others.</summary>
    /// <param name="other">The others.</param>
    /// <param name="share">How much they count, 0 to 1.</param>
    public RunSeconds Towards(RunSeconds other, double share)
    {
        return new(Mean(Loading, other.Loading), Mean(FirstStep, other.FirstStep), Mean(PerUnit, other.PerUnit), Mean(Decoding, other.Decoding), Mean(Saving, other.Saving),
            LateSteps is { } mine && other.LateSteps is { } its ? Mean(mine, its) : LateSteps ?? other.LateSteps);

        double Mean(double here, double there) => here + (share * (there - here));
    }
}

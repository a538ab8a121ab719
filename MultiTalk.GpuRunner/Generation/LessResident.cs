using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.GpuRunner.Generation;

/// <summary>
/// What is left to try when the card's memory did not suffice: the same plan with less of the model on the card. The video is
/// the same, and a step takes a quarter longer at most (docs/contract.md, "Memory" and "Timings").
/// </summary>
public static class LessResident
{
    // Less than this, 4 GB of 38, is hardly worth its memory: streaming all of it makes a step 3% slower.
    private const double Least = 2e9;

    /// <summary>The same plan with half as much of the model on the card, or nothing; null if nothing is there already, or on several cards.</summary>
    public static GenerationPlan? Of(GenerationPlan plan)
    {
        // Without the argument all of it is there.
        var resident = Math.Min(plan.PersistentParameters ?? GpuMemory.DitParameters, GpuMemory.DitParameters);
        if (plan.Gpus > 1 || resident <= 0)
            return null;
        var half = (long)Math.Round(resident / 2 / 1e8) * 100_000_000;
        var parameters = half < Least ? 0 : half;
        return plan with { PersistentParameters = parameters, Arguments = ScriptArguments.WithPersistent(plan.Arguments, parameters) };
    }

    /// <summary>The error of a run that did not fit, with what stayed on the card; it may be tried again if that can be less.</summary>
    /// <param name="error">What is known of it.</param>
    /// <param name="plan">What ran.</param>
    public static JobError Tell(JobError error, GenerationPlan plan) => error with
    {
        Cause = plan.Gpus > 1 ? error.Cause : $"{error.Cause} In this run {Words(plan)} stayed on it.",
        Retryable = Of(plan) is not null,
    };

    /// <summary>The error of the second try. There is no third.</summary>
    /// <param name="error">Why the second try failed.</param>
    /// <param name="first">What ran first.</param>
    /// <param name="second">What ran then.</param>
    public static JobError Tried(JobError error, GenerationPlan first, GenerationPlan second) => error with
    {
        Remedy = $"It was tried twice: {Words(first)} stayed on the card at first, and then {Words(second)}. {error.Remedy}",
        Retryable = false,
    };

    private static string Words(GenerationPlan plan) => plan.PersistentParameters switch
    {
        null or >= (long)GpuMemory.DitParameters => "all of the model",
        0 => "nothing of the model",
        { } parameters => FormattableString.Invariant($"{parameters / GpuMemory.DitParameters:0%} of the model"),
    };
}

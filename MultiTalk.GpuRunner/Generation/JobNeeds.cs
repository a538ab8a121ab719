using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.GpuRunner.Generation;

/// <summary>What a runner must have to be offered a job.</summary>
/// <param name="Gpus">Cards.</param>
/// <param name="GpuMemoryGb">Of each card, as little resident as the plan allows.</param>
/// <param name="HostMemoryGb">Of the host.</param>
/// <param name="Models">Model files, as in <see cref="RunnerAbilities.Models"/>.</param>
public sealed record JobNeeds(int Gpus, double GpuMemoryGb, double HostMemoryGb, IReadOnlyList<string> Models)
{
    /// <summary>What a plan needs; nothing but a ready runner for a preview.</summary>
    public static JobNeeds Of(GenerationPlan plan)
    {
        if (plan.Engine == Engine.Preview)
            return new(0, 0, 0, []);

        List<string> models = [.. ModelSet.Of(plan.Quant, plan.Loras)];
        if (plan.Script is not null)
            models.AddRange([ModelSet.Tts, .. plan.Speakers.Select(speaker => ModelSet.Voice(speaker.TtsVoice!)).Distinct()]);
        return new(plan.Gpus, Math.Round(GpuMemory.Needed(plan), 1), HostNeeds.Of(plan), models);
    }

    /// <summary>Why a runner cannot do the job, in words that fit behind "a runner with"; null if it can.</summary>
    public string? LackingIn(RunnerAbilities runner)
    {
        // What it is concerns its operator, who finds it in the runner's log and report.
        if (runner.Blockers.Count > 0)
            return "nothing in its way: see what its doctor found";
        if (Models.FirstOrDefault(model => !runner.Models.Contains(model)) is { } missing)
            return $"the model files {missing}";
        if (Gpus > (runner.Gpu?.Count ?? 0))
            return Gpus == 1 ? "a graphics card" : FormattableString.Invariant($"{Gpus} graphics cards");
        if (GpuMemoryGb > (runner.Gpu?.MemoryGb ?? 0))
            return FormattableString.Invariant($"{GpuMemoryGb:0.#} GB of graphics memory");
        if (HostMemoryGb * HostNeeds.Tolerance > runner.HostMemoryGb)
            return FormattableString.Invariant($"{HostMemoryGb:0} GB of memory");
        return null;
    }
}

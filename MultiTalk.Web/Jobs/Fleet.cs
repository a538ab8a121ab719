using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Web.Jobs;

/// <summary>The runners that are alive, as seen from a job.</summary>
/// <param name="Runners">All of them.</param>
/// <param name="Pause">Who paused the queue; null if jobs are handed out.</param>
public sealed record Fleet(IReadOnlyList<Runner> Runners, QueuePause? Pause = null)
{
    /// <summary>The engines that a runner is ready to run.</summary>
    public IReadOnlySet<string> Engines => Runners.Where(runner => runner.Abilities.Blockers.Count == 0).Select(runner => runner.Engine).ToHashSet();

    /// <summary>A plan as the first runner that can do it would run it; unchanged if none can.</summary>
    public GenerationPlan Fit(GenerationPlan plan)
    {
        var needs = JobNeeds.Of(plan);
        var able = Runners.FirstOrDefault(runner => runner.Engine == plan.Engine && needs.LackingIn(runner.Abilities) is null);
        return able is null ? plan : Planner.For(plan, able.Abilities);
    }

    /// <summary>What a queued job lacks, in words; null if a runner that can do it is alive, and is to have jobs.</summary>
    public string? LackFor(GenerationPlan plan)
    {
        if (Pause is not null)
            return $"the queue, which {Pause.By} paused{(Pause.Reason is { Length: > 0 } reason ? $": {reason}" : "")}";
        var needs = JobNeeds.Of(plan);
        var lacks = Runners.Where(runner => runner.Engine == plan.Engine)
            .Select(runner => needs.LackingIn(runner.Abilities) ?? (runner.Drain == RunnerDrain.None ? null : "nothing that drains it"))
            .DefaultIfEmpty($"the engine {plan.Engine}").ToList();
        return lacks.Contains(null) ? null : $"a runner with {string.Join(", or with ", lacks.Distinct())}";
    }
}

using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Diagnosis;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>What verbs share that run on this machine, without a Web.</summary>
internal static class LocalRun
{
    /// <summary>The job of such a run.</summary>
    public const string Job = "local";

    /// <summary>This machine as far as a plan needs to know it: its card, and how fast its earlier runs were.</summary>
    public static async Task<RunnerAbilities> AbilitiesAsync(RunnerOptions options, CancellationToken cancellationToken) => new()
    {
        Blockers = [],
        Gpu = Graphics.Combine(await Graphics.AskSmiAsync(Machine.This, cancellationToken), cuda: null).Facts,
        Measurements = new RunHistory(options.Workspaces).Measurements,
    };

    /// <summary>Makes sure that a plan is for the engine that runs here.</summary>
    /// <exception cref="InvalidRequestException"><c>engine_not_here</c>.</exception>
    public static void RequireEngine(GenerationPlan plan, RunnerOptions options)
    {
        if (plan.Engine != options.Engine)
            throw new InvalidRequestException("engine_not_here", "options.engine", $"The engine {plan.Engine} does not run here.", $"Use {options.Engine}, or set Runner:Engine.");
    }

    /// <summary>Why this machine cannot run a plan; nothing if it can.</summary>
    public static IEnumerable<RequestProblem> Problems(GenerationPlan plan, RunnerAbilities here)
    {
        foreach (var blocker in here.Blockers)
            yield return new("machine_not_ready", "options.engine", blocker, "The verb doctor tells everything.");
        if (here.Blockers.Count == 0 && JobNeeds.Of(plan).LackingIn(here) is { } lack)
            yield return new("machine_too_small", "options.engine", $"This machine lacks {lack}.", "Choose what needs less, such as --preset low-memory or --size 480, or run it on a larger one.");
    }

    /// <summary>Moves normalised inputs from where they were written to.</summary>
    public static FetchInput MoveFrom(string directory) => (name, target, _) =>
    {
        File.Move(Path.Combine(directory, name), target);
        return Task.CompletedTask;
    };
}

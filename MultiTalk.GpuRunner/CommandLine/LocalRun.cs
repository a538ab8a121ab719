using MultiTalk.GpuRunner.Colab;
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

    /// <summary>The model volume to link; null for the preview, which works with empty stand-ins.</summary>
    public static ModelReport? Models(RunnerOptions options) => options.Engine == Engine.MultiTalk ? ModelVolume.Inspect(options.Models) : null;

    /// <summary>Moves normalised inputs from where they were written to.</summary>
    public static FetchInput MoveFrom(string directory) => (name, target, _) =>
    {
        File.Move(Path.Combine(directory, name), target);
        return Task.CompletedTask;
    };
}

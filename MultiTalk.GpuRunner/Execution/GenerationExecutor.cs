using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>Executes an attempt: workspace, script, verification.</summary>
/// <param name="options">The settings of the runner.</param>
/// <param name="time">The clock.</param>
/// <param name="history">What earlier runs took, to which a run that succeeded is added; null to remember nothing.</param>
public sealed class GenerationExecutor(RunnerOptions options, TimeProvider time, RunHistory? history = null)
{
    private readonly ScriptRun _script = new(options, time);

    /// <summary>
    /// Executes an attempt. If it fails, its workspace is kept for <see cref="RunnerOptions.KeepFailures"/>; if it is canceled, nothing of it is.
    /// </summary>
    /// <param name="attempt">What to do.</param>
    /// <param name="progress">Gets every change, in order, from several threads.</param>
    /// <param name="lines">Gets the script's log lines.</param>
    /// <param name="cancellationToken">Ends the script with everything it started.</param>
    /// <returns>The video; dispose of it when it was stored.</returns>
    /// <exception cref="GenerationFailedException">It failed, and why.</exception>
    /// <exception cref="MissingProgramException">Python or ffmpeg is not installed.</exception>
    /// <exception cref="IOException">The workspace could not be made, or an input not be put into it.</exception>
    public async Task<GeneratedVideo> ExecuteAsync(Attempt attempt, IProgress<GenerationProgress> progress, IProgress<string> lines, CancellationToken cancellationToken)
    {
        var output = new ProgressReader(attempt.Plan, progress, lines, time, history?.Measurements);
        output.Enter(Phase.Preparing);
        var workspace = Workspace.Create(options.Workspaces, attempt.Name, options.CheckoutDirectory, ModelVolume.Of(options));
        var ran = false;
        try
        {
            using (RunnerActivity.Source.StartActivity("prepare"))
            {
                RunRecord.WriteParity(workspace, attempt.Parity);
                await Preparation.FillAsync(workspace, new(attempt.Job, attempt.Prompt, attempt.Plan), attempt.Fetch, ScriptCommand.Of(options, attempt.Plan), cancellationToken);
            }

            using (RunnerActivity.Source.StartActivity("script"))
                output = await _script.RunAsync(workspace, output, cancellationToken);
            ran = true;

            output.Enter(Phase.Verifying);
            using (RunnerActivity.Source.StartActivity("verify"))
            {
                var facts = await OutputCollector.CollectAsync(workspace, output.Plan, output.Log, VideoMarks.Of(attempt.Job, output.Plan), cancellationToken);
                if (output.Durations is { } durations)
                    history?.Add(output.Plan, durations);
                return new(workspace, facts, output.Plan);
            }
        }
        catch (GenerationFailedException exception)
        {
            using (workspace)
                KeptFailure.Keep(workspace, exception.Error);
            throw;
        }
        // What the script has made, maybe in hours, can still be collected.
        catch (Exception exception) when (ran && exception is not OperationCanceledException)
        {
            using (workspace)
                KeptFailure.Keep(workspace, new("runner_error", "The video could not be collected.", exception.Message, "Repair that, then collect it from the kept workspace.", output.Log.Lines));
            throw;
        }
        catch
        {
            workspace.Dispose();
            throw;
        }
    }
}

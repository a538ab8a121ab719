using System.Diagnostics;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.GpuRunner.Media;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>Executes an attempt: workspace, script, verification.</summary>
public sealed class GenerationExecutor(RunnerOptions options, TimeProvider time)
{
    private readonly ScriptRunner _script = new(options);

    // A preview works with empty stand-ins.
    private readonly Lazy<ModelReport?> _models = new(() => options.Engine == Engine.MultiTalk ? ModelVolume.Inspect(options.Models) : null);

    /// <summary>Executes an attempt. Unless it succeeds, nothing of it is left on the disk.</summary>
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
        var output = new ProgressReader(attempt.Plan, progress, lines, time);
        output.Enter(Phase.Preparing);
        var workspace = Workspace.Create(options.Workspaces, attempt.Name, options.CheckoutDirectory, _models.Value);
        try
        {
            using (RunnerActivity.Source.StartActivity("prepare"))
                await PrepareAsync(workspace, attempt, cancellationToken);

            output.Enter(Phase.Loading);
            var started = time.GetTimestamp();
            using (RunnerActivity.Source.StartActivity("script"))
                await RunAsync(workspace, attempt.Plan, output, cancellationToken);

            var took = time.GetElapsedTime(started);
            output.Enter(Phase.Verifying);
            using (RunnerActivity.Source.StartActivity("verify"))
            {
                var facts = await OutputVerifier.VerifyAsync(workspace.PathOf(ColabLayout.Output), attempt.Plan, output.Log, cancellationToken);
                return new(workspace, facts, output.Sampled, took - output.Sampled);
            }
        }
        catch
        {
            workspace.Dispose();
            throw;
        }
    }

    private static async Task PrepareAsync(Workspace workspace, Attempt attempt, CancellationToken cancellationToken)
    {
        await attempt.Fetch(ColabLayout.Picture, workspace.PathOf(ColabLayout.Picture), cancellationToken);
        // A silent person has no file, and of a spoken text there are none.
        foreach (var (index, speaker) in attempt.Plan.Speakers.Index())
        {
            if (speaker.Samples is not { } samples)
                continue;
            var voice = ColabLayout.Voice(index + 1);
            await attempt.Fetch(voice, workspace.PathOf(voice), cancellationToken);
            WavFile.Fit(workspace.PathOf(voice), samples);
        }

        await File.WriteAllTextAsync(workspace.PathOf(ColabLayout.Input), InputJson.Write(attempt.Prompt, attempt.Plan), cancellationToken);
    }

    private async Task RunAsync(Workspace workspace, GenerationPlan plan, ProgressReader output, CancellationToken cancellationToken)
    {
        try
        {
            var exitCode = await _script.RunAsync(workspace, plan, output, cancellationToken);
            Activity.Current?.SetTag("process.exit.code", exitCode);
            if (ScriptFailure.Find(exitCode, output.Log) is { } error)
                throw new GenerationFailedException(error);
        }
        catch (TimeoutException exception)
        {
            throw new GenerationFailedException(
                new("script_left_process", exception.Message, "A child of the script left its process group.", "End it by hand, and report this.", output.Log.Lines), exception);
        }
    }
}

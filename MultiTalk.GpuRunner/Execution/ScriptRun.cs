using System.Diagnostics;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Diagnosis;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>Runs the script of a prepared workspace to its end, watches it, and says why it failed.</summary>
internal sealed class ScriptRun(RunnerOptions options, TimeProvider time)
{
    // How often silence shows in the progress.
    private static readonly TimeSpan _tick = TimeSpan.FromSeconds(1);

    private readonly ScriptRunner _script = new(options);

    /// <summary>Runs it; once more with less on the card if its memory was too small.</summary>
    /// <param name="workspace">A prepared workspace; what an earlier run has left there is deleted.</param>
    /// <param name="output">Follows it, and knows the plan.</param>
    /// <param name="cancellationToken">Ends the script with everything it started.</param>
    /// <returns>What followed the run that succeeded.</returns>
    /// <exception cref="GenerationFailedException">It failed, and why.</exception>
    /// <exception cref="MissingProgramException">Python is not installed.</exception>
    public async Task<ProgressReader> RunAsync(Workspace workspace, ProgressReader output, CancellationToken cancellationToken)
    {
        try
        {
            await OnceAsync(workspace, output, cancellationToken);
            return output;
        }
        catch (GenerationFailedException exception) when (IsOutOfMemory(exception) && LessResident.Of(output.Plan) is { } less)
        {
            var again = output.Again(less, $"{exception.Error.Title} The runner tries it once more with less of the model on the card: {less.PersistentParameters:N0} parameters.");
            try
            {
                await OnceAsync(workspace, again, cancellationToken);
                return again;
            }
            catch (GenerationFailedException second) when (IsOutOfMemory(second))
            {
                throw new GenerationFailedException(LessResident.Tried(second.Error, output.Plan, less), second);
            }
        }
    }

    private static bool IsOutOfMemory(GenerationFailedException exception) => exception.Error.Code == FailureCatalogue.GpuOutOfMemory;

    private async Task OnceAsync(Workspace workspace, ProgressReader output, CancellationToken cancellationToken)
    {
        var plan = output.Plan;
        Rerun.Clear(workspace);
        Rerun.Write(workspace, ScriptCommand.Of(options, plan));
        RunRecord.WriteExitCode(workspace, null);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var tooShort = false;
        output.OnVoicesReady = () =>
        {
            // How long a text lasts shows when it was spoken, minutes before upstream would say that it is too short.
            if (SpokenVoice.Measure(workspace, plan) is { } exact)
            {
                output.Replan(exact);
                return;
            }

            tooShort = true;
            end.Cancel();
        };
        output.Enter(Phase.Loading);
        try
        {
            await using var ticks = time.CreateTimer(_ => output.Tick(), state: null, _tick, _tick);
            var exitCode = await Watchdog.RunAsync(token => _script.RunAsync(workspace, plan, output, token), output, options.Silence, time, end.Token);
            Activity.Current?.SetTag("process.exit.code", exitCode);
            RunRecord.WriteExitCode(workspace, exitCode);
            if (ScriptFailure.Find(exitCode, output.Log, plan) is { } error)
                throw new GenerationFailedException(error);
        }
        catch (OperationCanceledException exception) when (tooShort && !cancellationToken.IsCancellationRequested)
        {
            throw new GenerationFailedException(
                new("text_too_short", "The text is spoken too fast.", FormattableString.Invariant($"A segment has {plan.FrameNum} frames, and the speech must be longer than those: {(double)plan.FrameNum / Segmentation.Fps:0.00} s."),
                    "Write a longer text, or choose a smaller frameNum.", output.Log.Lines, Retryable: false), exception);
        }
        catch (TimeoutException exception)
        {
            throw new GenerationFailedException(
                new("launcher_killed", "The script's launcher was killed.", exception.Message + " Most often the system does that, because memory ran out.",
                    "Try again; if it happens again, give the runner more memory.", output.Log.Lines), exception);
        }
    }
}

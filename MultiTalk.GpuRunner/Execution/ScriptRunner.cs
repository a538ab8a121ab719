using System.ComponentModel;
using CliWrap;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>Runs the script in a workspace, and leaves no process of it behind. What it writes is also kept in <see cref="RunLogs"/>.</summary>
public sealed class ScriptRunner(RunnerOptions options)
{
    private const int KilledBySignal = 128;

    /// <summary>Runs the script to its end.</summary>
    /// <param name="workspace">Its working directory, and the place of its logs.</param>
    /// <param name="plan">What to run.</param>
    /// <param name="output">Gets what it writes.</param>
    /// <param name="cancellationToken">Ends the script with everything it started: SIGTERM, SIGKILL after <see cref="RunnerOptions.KillAfter"/>.</param>
    /// <returns>The exit code; 128 + n if signal n ended it.</returns>
    /// <exception cref="MissingProgramException">Python is not installed.</exception>
    /// <exception cref="OperationCanceledException">It was canceled, and nothing of it runs any more.</exception>
    /// <exception cref="TimeoutException">It ended, but what it had started had to be looked for, because its launcher was killed.</exception>
    public async Task<int> RunAsync(Workspace workspace, GenerationPlan plan, ProgressReader output, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var logs = new RunLogs(workspace.Home);
        var orphans = true;
        try
        {
            var command = Cli.Wrap(options.Python)
                .WithArguments(HeldLauncher.Arguments(options.KillAfter, ScriptCommand.ArgumentsOf(plan)))
                .WithWorkingDirectory(workspace.Directory)
                .WithEnvironmentVariables(ChildEnvironment.Changes())
                .WithStandardOutputPipe(To(output, logs, error: false))
                .WithStandardErrorPipe(To(output, logs, error: true));
            var result = await HeldLauncher.ExecuteAsync(command, options.KillAfter, cancellationToken, () => Orphans.End(workspace.Home));
            // A signal may have been meant for the launcher, which then could not end the rest.
            orphans = result.ExitCode >= KilledBySignal;
            cancellationToken.ThrowIfCancellationRequested();
            return result.ExitCode;
        }
        catch (TimeoutException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
        catch (Win32Exception exception)
        {
            orphans = false;
            throw new MissingProgramException(options.Python, "python3", exception);
        }
        finally
        {
            if (orphans)
                Orphans.End(workspace.Home);
        }
    }

    private static PipeTarget To(ProgressReader output, RunLogs logs, bool error) => PipeTarget.Create(async (stream, cancellationToken) =>
    {
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            logs.Write(error, buffer.AsSpan(0, read));
            output.Read(error, buffer.AsSpan(0, read));
        }

        output.Read(error, []);
    });
}

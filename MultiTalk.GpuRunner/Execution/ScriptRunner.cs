using System.ComponentModel;
using System.Globalization;
using CliWrap;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>
/// Runs the script in a workspace. It runs under <c>launch.py</c>, whose standard input we hold: closing that pipe ends the
/// script with everything it started, and it also closes when this process dies, so that nothing is ever orphaned.
/// </summary>
public sealed class ScriptRunner(RunnerOptions options)
{
    // launch.py needs KillAfter; this is for the case that it cannot do its work.
    private static readonly TimeSpan _margin = TimeSpan.FromSeconds(3);

    private static readonly string _launcher = Path.Combine(AppContext.BaseDirectory, "python", "launch.py");

    /// <summary>Runs the script to its end.</summary>
    /// <param name="workspace">Its working directory.</param>
    /// <param name="plan">What to run.</param>
    /// <param name="output">Gets what it writes.</param>
    /// <param name="cancellationToken">Ends the script's whole process group: SIGTERM, SIGKILL after <see cref="RunnerOptions.KillAfter"/>.</param>
    /// <returns>The exit code; 128 + n if signal n ended it.</returns>
    /// <exception cref="MissingProgramException">Python is not installed.</exception>
    /// <exception cref="OperationCanceledException">It was canceled, and the group is gone.</exception>
    public async Task<int> RunAsync(Workspace workspace, GenerationPlan plan, ProgressReader output, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var kill = new CancellationTokenSource();
        var held = PipeSource.Create(async (_, exited) =>
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, exited);
            await Task.Delay(Timeout.Infinite, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // Canceled, or ended: in both cases nothing may hold our pipes much longer.
            kill.CancelAfter(options.KillAfter + _margin);
        });

        try
        {
            var result = await Cli.Wrap(options.Python)
                .WithArguments([_launcher, options.KillAfter.TotalSeconds.ToString(CultureInfo.InvariantCulture), .. Torchrun(plan), ColabLayout.Script, .. plan.Arguments])
                .WithWorkingDirectory(workspace.Directory)
                .WithEnvironmentVariables(ChildEnvironment.Changes())
                .WithValidation(CommandResultValidation.None)
                .WithStandardInputPipe(held)
                .WithStandardOutputPipe(To(output, error: false))
                .WithStandardErrorPipe(To(output, error: true))
                .ExecuteAsync(kill.Token);
            cancellationToken.ThrowIfCancellationRequested();
            return result.ExitCode;
        }
        catch (OperationCanceledException exception) when (kill.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException("The script ended, but a process that it started keeps its output open.", exception);
        }
        catch (Win32Exception exception)
        {
            throw new MissingProgramException(options.Python, "python3", exception);
        }
    }

    // The same interpreter as for one card, so that nobody else's torchrun is found on the PATH.
    private static IEnumerable<string> Torchrun(GenerationPlan plan) =>
        plan.Gpus == 1 ? [] : ["-m", "torch.distributed.run", .. plan.Launcher.Skip(1)];

    private static PipeTarget To(ProgressReader output, bool error) => PipeTarget.Create(async (stream, cancellationToken) =>
    {
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var read)
            output.Read(error, buffer.AsSpan(0, read));
        output.Read(error, []);
    });
}

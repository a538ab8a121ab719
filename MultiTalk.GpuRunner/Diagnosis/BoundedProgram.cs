using System.ComponentModel;
using System.Text;
using CliWrap;
using MultiTalk.GpuRunner.Execution;

namespace MultiTalk.GpuRunner.Diagnosis;

/// <summary>Runs a program of which nothing is expected, not even that it ends: bounded time, bounded output, a job's environment.</summary>
internal static class BoundedProgram
{
    // For a launcher to end what it started; it needs milliseconds, and is killed when it has taken half of this.
    private static readonly TimeSpan _margin = TimeSpan.FromSeconds(6);

    /// <summary>Runs a program to its end, or for as long as we wait.</summary>
    /// <param name="path">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="machine">Where it looks for others.</param>
    /// <param name="patience">How long it may take.</param>
    /// <param name="cancellationToken">Ends it with everything it started.</param>
    /// <param name="directory">Its working directory, for <c>launch.py</c> with a grace of 0, which ends what it started; null for any other program.</param>
    public static async Task<ProgramResult> RunAsync(
        string path, IEnumerable<string> arguments, Machine machine, TimeSpan patience, CancellationToken cancellationToken, string? directory = null)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var (output, errors) = (new StringBuilder(), new StringBuilder());
        var command = Cli.Wrap(path)
            .WithArguments(arguments)
            .WithEnvironmentVariables(Environment(machine))
            .WithValidation(CommandResultValidation.None)
            .WithStandardOutputPipe(BoundedText.To(output))
            .WithStandardErrorPipe(BoundedText.To(errors));

        end.CancelAfter(patience);
        try
        {
            var running = directory is null
                ? command.ExecuteAsync(end.Token).Task
                : HeldLauncher.ExecuteAsync(command.WithWorkingDirectory(directory), TimeSpan.Zero, end.Token);
            // A process inside a driver's call cannot be killed: it is left behind rather than waited for.
            var result = await running.WaitAsync(patience + _margin, CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
            var problem = end.IsCancellationRequested ? TooLong(patience) : result.ExitCode == 0 ? null : $"ended with exit code {result.ExitCode}{LastLine(errors, output)}";
            return new(problem, output.ToString());
        }
        catch (Exception exception) when (exception is OperationCanceledException or TimeoutException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new(TooLong(patience), output.ToString());
        }
        catch (Win32Exception exception)
        {
            return new($"cannot be started: {exception.Message}", "");
        }
    }

    private static string TooLong(TimeSpan patience) => FormattableString.Invariant($"hangs: it gave no answer in {patience.TotalSeconds:0.#} s");

    private static Dictionary<string, string?> Environment(Machine machine) => new(ChildEnvironment.Changes()) { ["PATH"] = machine.SearchPath };

    private static string LastLine(StringBuilder errors, StringBuilder output)
    {
        var said = Last(errors) ?? Last(output);
        return said is null ? "" : $": {(said.Length > 200 ? said[..200] + "…" : said)}";
    }

    private static string? Last(StringBuilder text) =>
        text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
}

/// <summary>How a program ended.</summary>
/// <param name="Problem">What was wrong with its end, as the rest of a sentence; null for exit code 0.</param>
/// <param name="Output">The start of its standard output.</param>
internal sealed record ProgramResult(string? Problem, string Output);

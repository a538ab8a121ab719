using System.Globalization;
using CliWrap;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>
/// Runs a program under <c>launch.py</c>, whose standard input we hold: closing that pipe ends the program with everything it
/// started, and it also closes when this process dies.
/// </summary>
internal static class HeldLauncher
{
    // launch.py needs its grace, and leaves nothing behind; this is for the case that it cannot do its work.
    private static readonly TimeSpan _margin = TimeSpan.FromSeconds(3);

    // For us to read what was written at the end, on a machine that is busy.
    private static readonly TimeSpan _reading = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(1);

    private static readonly string _launcher = Path.Combine(AppContext.BaseDirectory, "python", "launch.py");

    /// <summary>The arguments of an interpreter that starts another one of its kind under the launcher.</summary>
    /// <param name="grace">The time between SIGTERM and SIGKILL.</param>
    /// <param name="arguments">The other's.</param>
    /// <remarks>The launcher needs no packages: it starts faster without, and nothing that is installed can disturb it.</remarks>
    public static string[] Arguments(TimeSpan grace, params IEnumerable<string> arguments) =>
        ["-S", "-E", _launcher, grace.TotalSeconds.ToString(CultureInfo.InvariantCulture), .. arguments];

    /// <summary>Runs it until the program and all its descendants have ended, be it that they were told to.</summary>
    /// <param name="command">An interpreter with the launcher and its arguments.</param>
    /// <param name="grace">The time between SIGTERM and SIGKILL, as its arguments say.</param>
    /// <param name="end">Ends them.</param>
    /// <param name="rescue">Called if the launcher has ended and its output has not: it was killed, and what it started lives on.</param>
    /// <exception cref="TimeoutException">The launcher could not do its work: something that it started may still run.</exception>
    /// <exception cref="System.ComponentModel.Win32Exception">The interpreter cannot be started.</exception>
    public static async Task<CommandResult> ExecuteAsync(Command command, TimeSpan grace, CancellationToken end, Action? rescue = null)
    {
        using var kill = new CancellationTokenSource();
        using var late = new CancellationTokenSource();
        using var rescued = late.Token.Register(() => rescue?.Invoke());
        using var told = end.Register(() => kill.CancelAfter(grace + _margin));
        var held = PipeSource.Create(async (_, exited) =>
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(end, exited);
            await Task.Delay(Timeout.Infinite, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!exited.IsCancellationRequested)
                return;
            late.CancelAfter(_soon);
            if (!end.IsCancellationRequested)
                kill.CancelAfter(_reading);
        });

        try
        {
            return await command.WithValidation(CommandResultValidation.None).WithStandardInputPipe(held).ExecuteAsync(kill.Token);
        }
        catch (OperationCanceledException exception) when (kill.IsCancellationRequested)
        {
            throw new TimeoutException("The program that ends the script with everything it started could not do its work, or was killed.", exception);
        }
    }
}

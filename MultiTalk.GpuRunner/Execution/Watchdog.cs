using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>Ends a run that has been silent for longer than <see cref="SilenceLimits"/> allow: one that hangs holds the card for ever.</summary>
public static class Watchdog
{
    private static readonly TimeSpan _day = TimeSpan.FromDays(1);

    /// <summary>Runs the script under watch.</summary>
    /// <param name="run">Runs it; ends it when its token is canceled.</param>
    /// <param name="output">Hears what it says.</param>
    /// <param name="limits">How long it may be silent.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the run, as if there were no watch.</param>
    /// <returns>What <paramref name="run"/> returns.</returns>
    /// <exception cref="GenerationFailedException">It was silent for too long, and is gone.</exception>
    public static Task<int> RunAsync(
        Func<CancellationToken, Task<int>> run, ProgressReader output, SilenceLimits limits, TimeProvider time, CancellationToken cancellationToken) =>
        RunAsync(run, () => output.Silence, () => output.Log.Lines, limits, time, cancellationToken);

    /// <summary>Runs it with another's ears.</summary>
    /// <param name="run">Runs it; ends it when its token is canceled.</param>
    /// <param name="silence">Tells where it is, and for how long it has been silent.</param>
    /// <param name="lines">The lines to show with a failure.</param>
    /// <param name="limits">How long it may be silent.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the run, as if there were no watch.</param>
    /// <returns>What <paramref name="run"/> returns.</returns>
    /// <exception cref="GenerationFailedException">It was silent for too long, and is gone.</exception>
    public static async Task<int> RunAsync(
        Func<CancellationToken, Task<int>> run, Func<(Stretch Stretch, TimeSpan For)> silence, Func<IReadOnlyList<string>> lines,
        SilenceLimits limits, TimeProvider time, CancellationToken cancellationToken)
    {
        // Whoever looks that often sees every limit pass in time: a silence that begins after a look cannot be over before the next.
        var shortest = Enum.GetValues<Stretch>().Select(limits.Of).Append(_day).Min();
        Stretch? silent = null;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ITimer timer = null!;
        await using var watch = timer = time.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Look();
        try
        {
            return await run(end.Token);
        }
        catch (OperationCanceledException exception) when (silent is not null && !cancellationToken.IsCancellationRequested)
        {
            throw new GenerationFailedException(Error(silent.Value, limits.Of(silent.Value), lines()), exception);
        }

        void Look()
        {
            var (stretch, since) = silence();
            var left = limits.Of(stretch) - since;
            if (left > TimeSpan.Zero)
            {
                // A timer counts whole milliseconds; one too early would look again at once.
                timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling((left < shortest ? left : shortest).TotalMilliseconds)), Timeout.InfiniteTimeSpan);
                return;
            }

            silent = stretch;
            end.Cancel();
        }
    }

    private static JobError Error(Stretch stretch, TimeSpan limit, IReadOnlyList<string> lines)
    {
        var (setting, told) = ($"Runner:Silence:{stretch}", limit < TimeSpan.FromMinutes(2) ? $"{limit.TotalSeconds:0.#} s" : $"{limit.TotalMinutes:0.#} min");
        return new(
            "script_silent",
            $"The script was silent for {told} while {Doing(stretch)}, and was ended.",
            $"No step, bar or line came within {setting} ({told}): the script hangs, or this machine is far slower than expected.",
            $"Try again. If it happens again and the GPU was busy all the time, raise {setting}; if it was idle, look at the last lines and restart the runner's machine.",
            lines);
    }

    private static string Doing(Stretch stretch) => stretch switch
    {
        Stretch.Loading => "it loaded the model",
        Stretch.FirstStep => "it prepared the first step",
        Stretch.Step => "it sampled a step",
        Stretch.BetweenSegments => "it decoded a segment",
        Stretch.Saving => "it saved the video",
        _ => throw new ArgumentOutOfRangeException(nameof(stretch), stretch, "No such stretch."),
    };
}

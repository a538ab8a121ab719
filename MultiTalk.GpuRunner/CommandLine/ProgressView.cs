using System.Diagnostics;
using MultiTalk.GpuRunner.Contracts;
using Spectre.Console;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>Shows how a generation goes: a moving bar on a terminal, else a line for each phase and segment, and one now and then.</summary>
internal static class ProgressView
{
    private static readonly TimeSpan _nowAndThen = TimeSpan.FromSeconds(30);

    /// <summary>Runs some work that reports its progress.</summary>
    public static Task<T> ShowAsync<T>(Func<IProgress<GenerationProgress>, Task<T>> work) =>
        Console.IsOutputRedirected
            ? work(new Lines())
            : AnsiConsole.Progress()
                .AutoClear(true)
                .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new SpinnerColumn())
                .StartAsync(context => work(new Bar(context.AddTask("preparing", maxValue: 100))));

    // Words, not names of code: as the API has them.
    private static string Doing(GenerationProgress progress)
    {
        var phase = progress.Phase.ToString().ToLowerInvariant();
        return progress.Phase is Phase.Sampling or Phase.Decoding ? FormattableString.Invariant($"{phase}, segment {progress.Segment} of {progress.Segments}") : phase;
    }

    private static string Details(GenerationProgress progress)
    {
        var step = progress is { Phase: Phase.Sampling, Step: > 0 } ? FormattableString.Invariant($", step {progress.Step} done") : "";
        var left = progress.EtaSeconds is { } seconds ? $", {Words(seconds)} left" : "";
        var usual = progress.UsualSeconds is { } often ? $" (this usually takes {Words(often)})" : "";
        return step + left + (progress.QuietSeconds is { } quiet ? $", quiet for {Words(quiet)}{usual}" : "");
    }

    private static string Words(double seconds) => seconds switch
    {
        < 90 => FormattableString.Invariant($"{seconds:0} s"),
        < 5_400 => FormattableString.Invariant($"{seconds / 60:0} min"),
        _ => FormattableString.Invariant($"{seconds / 3_600:0.0} h"),
    };

    private sealed class Bar(ProgressTask task) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) => (task.Description, task.Value) = (Doing(value) + Details(value), value.Percent);
    }

    private sealed class Lines : IProgress<GenerationProgress>
    {
        private readonly Lock _gate = new();
        private string _last = "";
        private long _written;

        public void Report(GenerationProgress value)
        {
            lock (_gate)
            {
                var now = Doing(value);
                if (now == _last && Stopwatch.GetElapsedTime(_written) < _nowAndThen)
                    return;
                Console.WriteLine(FormattableString.Invariant($"{value.Percent,3:0} % {now}{Details(value)}"));
                (_last, _written) = (now, Stopwatch.GetTimestamp());
            }
        }
    }
}

using MultiTalk.GpuRunner.Contracts;
using Spectre.Console;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>Shows how a generation goes: a moving bar on a terminal, else one line for each phase and segment.</summary>
internal static class ProgressView
{
    /// <summary>Runs some work that reports its progress.</summary>
    public static Task<T> ShowAsync<T>(Func<IProgress<GenerationProgress>, Task<T>> work) =>
        Console.IsOutputRedirected
            ? work(new Lines())
            : AnsiConsole.Progress()
                .AutoClear(true)
                .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new SpinnerColumn())
                .StartAsync(context => work(new Bar(context.AddTask("preparing", maxValue: 100))));

    private static string Describe(GenerationProgress progress)
    {
        var phase = JsonWord(progress.Phase);
        return progress.Phase is Phase.Sampling or Phase.Decoding ? FormattableString.Invariant($"{phase}, segment {progress.Segment} of {progress.Segments}") : phase;
    }

    // Words, not names of code: as the API has them.
    private static string JsonWord(Phase phase) => phase.ToString().ToLowerInvariant();

    private sealed class Bar(ProgressTask task) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value)
        {
            var left = value.EtaSeconds is { } seconds ? FormattableString.Invariant($", {TimeSpan.FromSeconds(Math.Ceiling(seconds)):m\\:ss} left") : "";
            task.Description = Describe(value) + left;
            task.Value = value.Percent;
        }
    }

    private sealed class Lines : IProgress<GenerationProgress>
    {
        private readonly Lock _gate = new();
        private string _last = "";

        public void Report(GenerationProgress value)
        {
            lock (_gate)
            {
                var now = Describe(value);
                if (now != _last)
                    Console.WriteLine(FormattableString.Invariant($"{value.Percent,3:0} % {now}"));
                _last = now;
            }
        }
    }
}

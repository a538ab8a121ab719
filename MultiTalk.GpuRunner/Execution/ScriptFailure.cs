using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Diagnosis;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>
/// Says why a run of the script failed, from its exit code and what it wrote. In this order, and the first answer counts:
/// <list type="number">
/// <item>what the catalogue knows of an exception of the chain, from the last one to the first, unless the script went on after it and was ended from outside;</item>
/// <item>a signal from outside;</item>
/// <item>what it knows of any other line;</item>
/// <item>what it knows of where the script stopped rather than why: a failed ffmpeg, a failed import;</item>
/// <item>a signal of a crash, or the exit code of wrong usage;</item>
/// <item>a warning from before, if there is an exception;</item>
/// <item>the exception, or the end, that nobody knows.</item>
/// </list>
/// </summary>
public static class ScriptFailure
{
    private const int Usage = 2;
    private const int Signal = 128;

    private static readonly Dictionary<int, string> _outside = new()
    {
        [Signal + 2] = FailureCatalogue.Interrupted,
        [Signal + 9] = FailureCatalogue.Killed,
        [Signal + 15] = FailureCatalogue.Terminated,
    };

    // SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV
    private static readonly int[] _crashes = [Signal + 4, Signal + 5, Signal + 6, Signal + 7, Signal + 8, Signal + 11];

    /// <summary>The failure; null if the script did its work as far as it can be told without its video.</summary>
    /// <param name="exitCode">128 + n if signal n ended it.</param>
    /// <param name="log">All that it wrote.</param>
    /// <param name="plan">What it ran.</param>
    public static JobError? Find(int exitCode, ScriptLog log, GenerationPlan plan)
    {
        if (exitCode == 0 && log.Finished)
            return Lines(entry => entry.Spoils);
        var isOutside = _outside.TryGetValue(exitCode, out var outside);
        return (isOutside && log.WentOn ? null : Exceptions(entry => !entry.General))
            ?? (isOutside ? Tell(FailureCatalogue.Of(outside!), log.Lines, log, plan) : null)
            ?? Lines(entry => !entry.Hint)
            ?? Exceptions(entry => entry.General)
            ?? (_crashes.Contains(exitCode) ? Tell(FailureCatalogue.Of(FailureCatalogue.Crashed), log.Lines, log, plan) : null)
            ?? (exitCode == Usage && log.Chain is null ? Tell(FailureCatalogue.Of(FailureCatalogue.BadArgument), log.Lines, log, plan) : null)
            ?? Lines(entry => entry.Hint)
            ?? Unknown(exitCode, log);

        bool Counts(FailureEntry entry) => entry.When is null || entry.When(exitCode, plan, log);

        JobError? Lines(Func<FailureEntry, bool> among) =>
            FailureCatalogue.Anywhere.FirstOrDefault(entry => among(entry) && log.EvidenceOf(entry).Count > 0 && Counts(entry)) is { } entry
                ? Tell(entry, Evidence(entry, log), log, plan)
                : null;

        JobError? Exceptions(Func<FailureEntry, bool> among) => (log.Chain?.Exceptions ?? [])
            .Reverse()
            .Select(exception => FailureCatalogue.All.FirstOrDefault(entry => among(entry) && exception.Lines.Any(entry.Pattern.IsMatch) && Counts(entry)))
            .OfType<FailureEntry>()
            .Select(entry => Tell(entry, Evidence(entry, log), log, plan))
            .FirstOrDefault();
    }

    // The lines that show it, in their order, and the message that the script ended with.
    private static IReadOnlyList<string> Evidence(FailureEntry entry, ScriptLog log)
    {
        var exceptions = log.Chain?.Exceptions ?? [];
        var matched = exceptions
            .Where(exception => exception.Lines.Any(entry.Pattern.IsMatch))
            .SelectMany(exception => exception.Lines.Where(line => entry.Pattern.IsMatch(line)).Prepend(exception.Head));
        return [.. log.EvidenceOf(entry).Concat(matched).Concat(exceptions.TakeLast(1).Select(exception => exception.Head)).Distinct()];
    }

    private static JobError Tell(FailureEntry entry, IReadOnlyList<string> lines, ScriptLog log, GenerationPlan plan)
    {
        var error = new JobError(entry.Code, entry.Title, entry.Cause, entry.Remedy, lines, entry.Retryable);
        return entry.Code switch
        {
            FailureCatalogue.Killed => error with { Title = $"{entry.Title.TrimEnd('.')} {log.Stage}." },
            FailureCatalogue.GpuOutOfMemory => LessResident.Tell(error, plan),
            _ => error,
        };
    }

    private static JobError Unknown(int exitCode, ScriptLog log)
    {
        if (log is { Chain: { } chain, LastException: { } exception })
        {
            return new("script_exception", exception, log.FirstException == exception ? "The script stopped with this exception." : $"The first exception was: {log.FirstException}",
                "The last lines show where it happened; try again, and report it if it happens again.", chain.Lines);
        }

        var title = exitCode == 0 ? "The script ended without saying that it was finished." : FormattableString.Invariant($"The script ended with exit code {exitCode}.");
        return new("script_failed", title, "It gave no reason that we know.", "The last lines may show it; try again, and report it if it happens again.", log.Lines);
    }
}

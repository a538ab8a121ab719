using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>Says why a run of the script failed, from its exit code and what it wrote.</summary>
internal static class ScriptFailure
{
    private const int KilledBySigKill = 128 + 9;

    /// <summary>The failure; null if the script did its work as far as it can be told without its video.</summary>
    public static JobError? Find(int exitCode, ScriptLog log)
    {
        if (exitCode == 0 && log.Finished)
            return null;
        if (log.DiskFull is { } line)
            return new("disk_full", "The disk of the runner is full.", line, "Free space where Runner:Workspaces points, or point it elsewhere, and try again.", log.Lines);
        if (exitCode == KilledBySigKill)
        {
            return new("script_killed", "The script was killed.", "Something outside sent SIGKILL: most often the system, because memory ran out.",
                "Look for an out-of-memory kill in the system's log, and give the runner more memory.", log.Lines);
        }

        if (log.LastException is { } exception)
        {
            return new("script_exception", exception, log.FirstException == exception ? "The script stopped with this exception." : $"The first exception was: {log.FirstException}",
                "The last lines show where it happened; try again, and report it if it happens again.", log.Lines);
        }

        var title = exitCode == 0 ? "The script ended without saying that it was finished." : FormattableString.Invariant($"The script ended with exit code {exitCode}.");
        return new("script_failed", title, "It gave no reason that we know.", "The last lines may show it; try again, and report it if it happens again.", log.Lines);
    }
}

using System.Text.RegularExpressions;

namespace MultiTalk.GpuRunner.Diagnosis;

/// <summary>
/// The failures that show in what the script writes (docs/contract.md, "Failures"). Where several entries match a line, the
/// first one counts. Retryable is what one runner's host or environment brings about: another runner may succeed. Not
/// retryable is what the request brings about: it must fail again anywhere.
/// </summary>
public static partial class FailureCatalogue
{
    /// <summary>The card's memory did not suffice: the one failure that is tried again with less of the model on the card.</summary>
    public const string GpuOutOfMemory = "gpu_out_of_memory";

    /// <summary>SIGKILL from outside.</summary>
    public const string Killed = "script_killed";

    /// <summary>SIGTERM from outside.</summary>
    public const string Terminated = "script_terminated";

    /// <summary>SIGINT from outside.</summary>
    public const string Interrupted = "script_interrupted";

    /// <summary>A signal that a fault in native code raises.</summary>
    public const string Crashed = "script_crashed";

    /// <summary>Exit code 2: the interpreter or the script did not take its arguments.</summary>
    public const string BadArgument = "bad_argument";

    /// <summary>All of them, those with the clearest evidence first.</summary>
    public static IReadOnlyList<FailureEntry> All { get; } = [.. OfTheMachine, .. OfTheModel, .. OfTheRequest, .. OfPython, .. OfTheProcess, .. General];

    /// <summary>The entries that any line can show.</summary>
    public static IReadOnlyList<FailureEntry> Anywhere { get; } = [.. All.Where(entry => entry.Anywhere)];

    /// <summary>Whether a line shows any of those; most lines do not, and this is one look instead of many.</summary>
    public static Regex AnyOfThem { get; } = Line(string.Join('|', Anywhere.Select(entry => $"(?:{entry.LinePattern})")));

    /// <summary>The entry with a code.</summary>
    public static FailureEntry Of(string code) => All.Single(entry => entry.Code == code);

    private static IEnumerable<FailureEntry> OfTheProcess =>
    [
        new(Killed, Line(@"Signal 9 \(SIGKILL\) received by PID"), "The script was killed.",
            "Something outside sent it SIGKILL: most often the system, because the host's memory ran out while the weights passed through it.",
            "The runner's operator: look for an out-of-memory kill in the system's or the container's log. The full model wants a host, and a container limit, of 96 GB; the preset low-memory wants 48.", Retryable: true)
            { Anywhere = true },
        new(Terminated, Line(@"SignalException: Process \d+ got signal: 15|Signal 15 \(SIGTERM\) received by PID"), "The script was terminated from outside.",
            "Something other than the runner sent it SIGTERM, such as a stopping container, a batch system or a person.",
            "Nothing, if another attempt succeeds. Otherwise the runner's operator: find out what ends processes on that host.", Retryable: true),
        new(Interrupted, Line(@"^KeyboardInterrupt"), "The script was interrupted from outside.",
            "Something other than the runner sent it SIGINT, as Ctrl+C in its terminal does.",
            "Nothing, if another attempt succeeds. Otherwise the runner's operator: find out what interrupts processes on that host.", Retryable: true),
        new(BadArgument, Line(@"generate_multitalk\.py: error: "), "The script does not take one of its arguments.",
            "An option of the request has a value that the script cannot read, or the runner's checkout of MultiTalk is another version than this one was made for.",
            "The request: leave out the option that the last line names. If that is none of yours, the runner's operator: use the commit of MultiTalk that the README names.", Retryable: false)
            { Anywhere = true },
    ];

    // Where it stopped, if nothing tells why.
    private static IEnumerable<FailureEntry> General =>
    [
        // One card waits for another that has failed of something else, if anything tells of it.
        new("cards_lost_each_other", Line(@"NCCL error|nccl(?:UnhandledCuda|System|Internal|Remote)Error|DistBackendError|Watchdog caught collective operation timeout|NCCL watchdog thread terminated|Connection closed by (?:remote )?peer|DistNetworkError|DistStoreError"), "The cards lost each other.",
            "Several cards work on the job together, and one of them did not answer the others in time: it failed, or the connection between them did.",
            "Try again. If it happens again, the runner's operator: look for Xid lines of the cards in the system's log (dmesg), give the container shared memory (--shm-size=16g), or run on one card.", Retryable: true)
            { Anywhere = true, General = true },
        new("ffmpeg_failed", Line(@"CalledProcessError: Command '\['ffmpeg'"), "The script could not finish the video with ffmpeg.",
            "All frames were made; one of the two calls of ffmpeg that join them with the sound failed.",
            "Try again. If it happens again, the runner's operator: see ffmpeg's own message in the job's log, and run ffmpeg -version there.", Retryable: true) { General = true },
        new("not_writable", Line(@"PermissionError: |Read-only file system"), "The script may not write where it has to.",
            "A directory that it writes is read-only or belongs to somebody else: the workspace, the temporary directory or a package's cache.",
            "The runner's operator: run doctor there; it names the directory. Runner:Workspaces, TMPDIR and the caches must be writable by the runner's user.", Retryable: true) { General = true },
        new("package_broken", Line(@"^(?:ModuleNotFoundError|ImportError): |Failed to import |undefined symbol: |cannot open shared object file"), "A Python package of the runner cannot be imported.",
            "The script imports everything at its start; a package is missing, or was made for another version of another one.",
            "The runner's operator: run doctor there; it imports each package by itself and names the command that repairs it.", Retryable: true)
            { Anywhere = true, General = true, LinePattern = Line(@"Error while finding module specification for |^\S*python[\d.]*: No module named ") },
        new(Crashed, Line(@"^Fatal Python error: |: Segmentation fault$|Signal (?:6|7|11) \(SIG(?:ABRT|BUS|SEGV)\) received by PID"), "The script crashed outside of Python.",
            "Compiled code, such as the card's driver, CUDA or a package that was built for another torch, ended the process.",
            "Try again. If it happens again, the runner's operator: look for Xid lines of the card in the system's log (dmesg), run doctor there, and restart the host.", Retryable: true)
            { Anywhere = true, General = true },
        Package("xformers_not_loaded", @"xFormers can't load C\+\+/CUDA extensions", "xformers could not load its compiled part.",
            "It warned of that at the start, and nothing else explains why the script failed. It was built for another torch.", PackagePins.Install("xformers")) with { Anywhere = true, General = true, Hint = true, When = (_, _, log) => log.Chain is not null },
    ];

    private static Regex Line(string pattern) => new(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
}

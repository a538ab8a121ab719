namespace MultiTalk.GpuRunner.Diagnosis;

/// <summary>The machine that a doctor looks at: every root it reads, so that a test can play another one.</summary>
public sealed record Machine
{
    /// <summary>The machine we run on.</summary>
    public static Machine This { get; } = new();

    /// <summary>The kernel's view of processes and memory.</summary>
    public string Proc { get; init; } = "/proc";

    /// <summary>Where control groups are mounted, of either version.</summary>
    public string Cgroup { get; init; } = "/sys/fs/cgroup";

    /// <summary>Where programs are looked for; what the doctor starts gets it as its <c>PATH</c>.</summary>
    public string SearchPath { get; init; } = Environment.GetEnvironmentVariable("PATH") ?? "";

    /// <summary>Where temporary files go.</summary>
    public string Temporary { get; init; } = Path.GetTempPath();

    /// <summary>The free bytes of the file system that holds an existing directory.</summary>
    public Func<string, long> FreeBytes { get; init; } = directory => new DriveInfo(directory).AvailableFreeSpace;

    /// <summary>
    /// How long anything but an import may take before it counts as hanging. A driver that is not kept loaded takes seconds to
    /// count eight cards, and an interpreter on a cold network disk takes seconds to start.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long one import may take; torch on a cold disk takes most of a minute. All together get three times as long.</summary>
    public TimeSpan ImportPatience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The full path of a program, looked for as a shell does; null if there is none that may be executed.</summary>
    public string? Find(string program)
    {
        var candidates = program.Contains('/', StringComparison.Ordinal)
            ? [Path.GetFullPath(program)]
            : SearchPath.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(directory => Path.GetFullPath(Path.Combine(directory, program)));
        return candidates.FirstOrDefault(IsExecutable);
    }

    private static bool IsExecutable(string path)
    {
        const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        try
        {
            return File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & Execute) != 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A link that leads nowhere exists, but has no mode.
            return false;
        }
    }
}

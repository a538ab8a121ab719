namespace MultiTalk.GpuRunner.Diagnosis;

/// <summary>ffmpeg and its like; each problem is null if there is none.</summary>
/// <param name="Ffmpeg">Where it is, or what is wrong with it.</param>
/// <param name="Ffprobe">Where it is, or what is wrong with it.</param>
internal sealed record ProgramFacts(ProgramFact Ffmpeg, ProgramFact Ffprobe)
{
    private static readonly string[] _encoders = ["libx264", "aac"];

    /// <summary>Looks for them and runs them.</summary>
    public static async Task<ProgramFacts> LookAsync(Machine machine, CancellationToken cancellationToken)
    {
        var ffprobe = LookAsync(machine, "ffprobe", "-version", cancellationToken);
        var (ffmpeg, output) = await LookAsync(machine, "ffmpeg", "-encoders", cancellationToken);
        if (ffmpeg.Ok)
        {
            // " V....D libx264   libx264 H.264 / AVC (codec h264)"
            var known = output.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(1)).ToHashSet();
            var missing = _encoders.Where(encoder => !known.Contains(encoder)).ToList();
            if (missing.Count > 0)
                ffmpeg = new($"{ffmpeg.Here} has no encoder {string.Join(", ", missing)}", false);
        }

        return new(ffmpeg, (await ffprobe).Fact);
    }

    private static async Task<(ProgramFact Fact, string Output)> LookAsync(Machine machine, string program, string argument, CancellationToken cancellationToken)
    {
        if (machine.Find(program) is not { } path)
            return (new($"there is no {program} on the PATH", false), "");
        var result = await BoundedProgram.RunAsync(path, ["-hide_banner", argument], machine, machine.Patience, cancellationToken);
        return (new(result.Problem is null ? path : $"{path} {result.Problem}", result.Problem is null), result.Output);
    }
}

/// <summary>A program: where it is, or what is wrong with it.</summary>
internal sealed record ProgramFact(string Here, bool Ok);

/// <summary>The room on the file system of a directory.</summary>
/// <param name="Code">Its probe.</param>
/// <param name="Name">What the directory is for.</param>
/// <param name="Directory">The directory, or the one in which it will be made.</param>
/// <param name="FreeGb">In GB; null if it could not be read.</param>
internal sealed record DiskFacts(string Code, string Name, string Directory, double? FreeGb)
{
    /// <summary>Looks where jobs and temporary files are.</summary>
    public static IReadOnlyList<DiskFacts> Look(RunnerOptions options, Machine machine) => [.. Unknown(options, machine).Select(disk => Look(machine, disk))];

    /// <summary>The same, where a disk does not answer.</summary>
    public static IReadOnlyList<DiskFacts> Unknown(RunnerOptions options, Machine machine) =>
    [
        new("host_disk", "room for workspaces", options.Workspaces, null),
        new("host_temporary", "room for temporary files", machine.Temporary, null),
    ];

    private static DiskFacts Look(Machine machine, DiskFacts disk)
    {
        try
        {
            var directory = Path.GetFullPath(disk.Directory);
            while (!System.IO.Directory.Exists(directory) && Path.GetDirectoryName(directory) is { } above)
                directory = above;
            return disk with { Directory = directory, FreeGb = Math.Round(machine.FreeBytes(directory) / 1e9, 1) };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return disk;
        }
    }
}

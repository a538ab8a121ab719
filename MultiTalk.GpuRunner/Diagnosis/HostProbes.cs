using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Diagnosis;

/// <summary>Memory, disks and programs of the host.</summary>
internal static class HostProbes
{
    /// <summary>What to do where no workspace can be made.</summary>
    public const string SetWorkspaces = "Set Runner:Workspaces to a directory that this user can write.";

    // Of what a job leaves behind while it runs, the compiled kernels included, ten times over; and what a preview needs at least.
    private const double JobGb = 2;
    private const double PreviewGb = 0.5;

    private const string InstallFfmpeg = "Install ffmpeg with libx264 (Debian and Ubuntu: apt-get install ffmpeg; Fedora: dnf install ffmpeg from RPM Fusion; macOS: brew install ffmpeg).";

    /// <summary>What a host reports that is sold with so much.</summary>
    public static double Least(double gb) => gb * HostNeeds.Tolerance;

    /// <summary>A finding for each.</summary>
    public static IEnumerable<Finding> Look(Examination seen)
    {
        yield return Memory(seen);
        yield return Finding.Of("host_workspaces", "workspaces", "a directory that can be written",
            seen.Live.WorkspaceProblem ?? Path.GetFullPath(seen.Options.Workspaces), seen.Live.WorkspaceProblem is null,
            SetWorkspaces, Stops.Everything);
        foreach (var disk in seen.Disks)
        {
            var stops = disk is { Code: "host_disk", FreeGb: < PreviewGb } ? Stops.Everything : Stops.MultiTalk;
            yield return Finding.Of(disk.Code, disk.Name, FormattableString.Invariant($"{JobGb:0} GB or more free"),
                disk.FreeGb is { } free ? FormattableString.Invariant($"{free:0.#} GB free at {disk.Directory}") : $"{disk.Directory} cannot be asked", disk.FreeGb >= JobGb,
                $"Free some, or set {(disk.Code == "host_disk" ? "Runner:Workspaces" : "TMPDIR")} to a larger disk.", stops);
        }

        yield return Finding.Of("host_ffmpeg", "ffmpeg", "on the PATH, with libx264 and aac: it finishes every video", seen.Programs.Ffmpeg.Here, seen.Programs.Ffmpeg.Ok, InstallFfmpeg, Stops.Everything);
        yield return Finding.Of("host_ffprobe", "ffprobe", "on the PATH: it checks every video", seen.Programs.Ffprobe.Here, seen.Programs.Ffprobe.Ok, InstallFfmpeg, Stops.Everything);
        var (torchrun, several) = (seen.Machine.Find("torchrun"), seen.Gpu.Facts?.Count > 1);
        yield return Finding.Of("host_torchrun", "torchrun", "on the PATH where jobs use several cards", torchrun ?? (several ? "not found" : "not found, not needed with one card"),
            torchrun is not null || !several, "It comes with torch: put the directory of Python's programs on the PATH.");
    }

    private static Finding Memory(Examination seen)
    {
        var memory = seen.Memory;
        var here = memory switch
        {
            { Gb: 0 } => "could not be read",
            _ when memory.Gb < memory.MachineGb => FormattableString.Invariant($"{memory.Gb:0.#} GB, the container's limit (the machine has {memory.MachineGb:0.#} GB)"),
            _ => FormattableString.Invariant($"{memory.Gb:0.#} GB"),
        };
        var quantized = memory.Gb >= Least(HostNeeds.QuantizedGb) ? " This is enough for the quantized model (preset low-memory) only." : "";
        return Finding.Of("host_memory", "memory", FormattableString.Invariant($"{HostNeeds.FullGb:0} GB or more; {HostNeeds.QuantizedGb:0} for the quantized model"), here, seen.HoldsFullModel,
            $"Give the machine or the container more: with less, the kernel ends the script while it loads the weights.{quantized}", seen.HoldsSomeModel ? Stops.Nothing : Stops.MultiTalk);
    }
}

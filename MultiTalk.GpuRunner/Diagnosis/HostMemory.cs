using System.Globalization;

namespace MultiTalk.GpuRunner.Diagnosis;

/// <summary>The memory that our processes may use.</summary>
/// <param name="Gb">In GB (10⁹ bytes): the machine's, or the container's limit if that is lower; 0 if it could not be read.</param>
/// <param name="MachineGb">The machine's.</param>
internal sealed record HostMemory(double Gb, double MachineGb)
{
    // Version 1 writes "no limit" as a number near 2^63.
    private const double Unlimited = 1L << 60;

    /// <summary>Reads what the kernel says about the machine and about our control groups, of either version.</summary>
    public static HostMemory Read(Machine machine)
    {
        var total = Lines(Path.Combine(machine.Proc, "meminfo"))
            .Where(line => line.StartsWith("MemTotal:", StringComparison.Ordinal))
            .Select(line => Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(1)) * 1024)
            .FirstOrDefault() ?? 0;
        return new(Gigabytes(Limits(machine).Append(total).Where(bytes => bytes > 0).DefaultIfEmpty(0).Min()), Gigabytes(total));
    }

    // A limit on any group above ours counts too. Inside a container the paths may be the host's, of which only the root is mounted.
    private static IEnumerable<double> Limits(Machine machine)
    {
        foreach (var line in Lines(Path.Combine(machine.Proc, "self", "cgroup")).Append("0::/").Append("1:memory:/"))
        {
            if (line.Split(':', 3) is not [_, var controllers, var path])
                continue;
            var (mount, file) = controllers.Length == 0
                ? (machine.Cgroup, "memory.max")
                : controllers.Split(',').Contains("memory") ? (Path.Combine(machine.Cgroup, "memory"), "memory.limit_in_bytes") : ("", "");
            if (mount.Length == 0)
                continue;

            var parts = path.Split('/').Where(part => part is not ("" or "." or "..")).ToArray();
            for (var depth = parts.Length; depth >= 0; depth--)
            {
                // Version 2 writes "max".
                if (Number(Lines(Path.Combine([mount, .. parts[..depth], file])).FirstOrDefault()) is { } bytes and <= Unlimited)
                    yield return bytes;
            }
        }
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static double? Number(string? text) => double.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static double Gigabytes(double bytes) => Math.Round(bytes / 1e9, 1);
}

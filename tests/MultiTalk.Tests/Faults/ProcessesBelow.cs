using System.Globalization;

namespace MultiTalk.Tests.Faults;

/// <summary>
/// The processes of a cluster. Each of its programs works in the cluster's directory, and each script in a workspace below it, so
/// that the working directory tells them from all others.
/// </summary>
internal static class ProcessesBelow
{
    /// <summary>The ids of those that work in a directory or below it; the dead whom nobody reaped do not count.</summary>
    public static IReadOnlyList<int> Find(string directory) =>
        [.. from process in Directory.EnumerateDirectories("/proc")
            let name = Path.GetFileName(process)
            where int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _) && WorksIn(directory, process)
            select int.Parse(name, CultureInfo.InvariantCulture)];

    /// <summary>Kills them, until there is none.</summary>
    public static void End(string directory)
    {
        while (Find(directory) is { Count: > 0 } found)
        {
            foreach (var id in found)
                Signal.Kill.Send(id);
            Thread.Yield();
        }
    }

    /// <summary>What a process is called, with its arguments; empty if it has ended.</summary>
    public static string Describe(int id)
    {
        try
        {
            return $"{id}: {File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' ')}";
        }
        catch (IOException)
        {
            return "";
        }
    }

    // The working directory of the dead cannot be read, and of one that was deleted says so at its end.
    private static bool WorksIn(string directory, string process)
    {
        try
        {
            var link = new FileInfo(Path.Combine(process, "cwd")).LinkTarget;
            return link == directory || link?.StartsWith(directory + "/", StringComparison.Ordinal) == true || link == directory + " (deleted)";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

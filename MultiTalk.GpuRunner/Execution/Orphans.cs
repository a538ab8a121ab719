using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>
/// The processes of an attempt whose runner and launcher were both killed: nobody is left who would end them. They are known by
/// their working directory, so one that went elsewhere is not found.
/// </summary>
public static class Orphans
{
    // A killed process needs milliseconds, unless it is inside a driver's call.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Kills every process that works in a workspace, until there is none; one that the system cannot end is left. A shell in which
    /// somebody looks around is spared: the script's processes have sessions of their own, without a terminal. Linux only.
    /// </summary>
    /// <param name="home">The workspace's home; it may be gone.</param>
    /// <returns>How many there were.</returns>
    public static int End(string home)
    {
        if (!OperatingSystem.IsLinux())
            return 0;
        var directory = Resolve(Path.GetFullPath(home));
        var ended = new HashSet<int>();
        // What was killed may have started another just before.
        while (Find(directory).Where(ended.Add).ToList() is { Count: > 0 } found)
        {
            found.ForEach(Kill);
            var killed = Stopwatch.StartNew();
            found.ForEach(id => Await(id, _patience - killed.Elapsed));
        }

        return ended.Count;
    }

    private static IEnumerable<int> Find(string directory)
    {
        var session = Stat("/proc/self").Session;
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && WorksIn(directory, process)
                && Stat(process) is { Terminal: 0 } stat && stat.Session != session)
            {
                yield return id;
            }
        }
    }

    // A link that leads to a directory which is gone says so at its end. Others' links cannot be read, nor those of the dead.
    private static bool WorksIn(string directory, string process)
    {
        try
        {
            var link = new FileInfo(Path.Combine(process, "cwd")).LinkTarget;
            return (link + "/").StartsWith(directory + "/", StringComparison.Ordinal) || link == directory + " (deleted)";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // Behind the name, which may hold anything: ") state parent group session terminal …".
    private static (int Session, int Terminal) Stat(string process)
    {
        try
        {
            var stat = File.ReadAllText(Path.Combine(process, "stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (int.Parse(fields[3], CultureInfo.InvariantCulture), int.Parse(fields[4], CultureInfo.InvariantCulture));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (0, -1);
        }
    }

    private static void Kill(int id) => Attempt(id, process => process.Kill());

    private static void Await(int id, TimeSpan patience) => Attempt(id, process => process.WaitForExit(patience > TimeSpan.Zero ? patience : TimeSpan.Zero));

    private static void Attempt(int id, Action<Process> act)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            act(process);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It has ended, or is somebody else's.
        }
    }

    // The system tells working directories without links.
    private static string Resolve(string path)
    {
        if (Path.GetDirectoryName(path) is not { } parent)
            return path;
        var directory = new DirectoryInfo(Path.Combine(Resolve(parent), Path.GetFileName(path)));
        return directory.LinkTarget is null ? directory.FullName : Resolve(directory.ResolveLinkTarget(returnFinalTarget: false)!.FullName);
    }
}

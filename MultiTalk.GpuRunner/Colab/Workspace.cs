using System.Text.RegularExpressions;
using MultiTalk.GpuRunner.Execution;

namespace MultiTalk.GpuRunner.Colab;

/// <summary>
/// The directory of one attempt, which looks exactly like Colab's: the script, <c>weights/</c>, <c>input.json</c> and the
/// inputs side by side. Two attempts never share one: upstream writes intermediate files under fixed names.
/// </summary>
/// <remarks>
/// A locked file in it says that it is in use. The lock falls when its process ends, however it ends, so that
/// <see cref="Sweep"/> can tell a left-over from a workspace of another runner in the same directory. One without a lock stays:
/// it was made by hand, or kept after a failure.
/// </remarks>
public sealed partial class Workspace : IDisposable
{
    private const string Lock = ".multitalk-lock";

    private const string Kept = "kept";

    // As the checkout is called on Colab.
    private const string Name = "MultiTalk";

    private readonly FileStream _lock;

    // A directory that was there before stays, be it empty: somebody may stand in it.
    private readonly bool _found;

    private bool _kept;

    private Workspace(string home, FileStream @lock, bool kept = false, bool found = false)
    {
        (_kept, _found) = (kept, found);
        Home = home;
        _lock = @lock;
        Directory = Path.Combine(home, Name);
    }

    /// <summary>The directory around <see cref="Directory"/>: what the runner writes about the attempt lies here, where the script does not look.</summary>
    public string Home { get; }

    /// <summary>The working directory of the script.</summary>
    public string Directory { get; }

    /// <summary>Makes a workspace without its inputs; when it fails, nothing of it is left.</summary>
    /// <param name="root">Where workspaces are; made if absent.</param>
    /// <param name="name">A simple name, unique among attempts: <c>&lt;job&gt;-&lt;attempt&gt;</c>.</param>
    /// <param name="checkout">The directory with the script.</param>
    /// <param name="models">The model volume, to which links lead; null where empty stand-ins will do, as for the preview.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> could leave <paramref name="root"/>.</exception>
    /// <exception cref="FileNotFoundException">There is no script in <paramref name="checkout"/>.</exception>
    /// <exception cref="IOException">The attempt already has a workspace, or the disk is full or read-only, or the volume went away.</exception>
    public static Workspace Create(string root, string name, string checkout, ModelReport? models = null)
    {
        if (!SimpleName().IsMatch(name))
            throw new ArgumentException($"\"{name}\" is no name for a workspace: use letters, digits, '-' and '_'.", nameof(name));
        return Create(Path.Combine(Path.GetFullPath(root), name), checkout, models);
    }

    /// <summary>Makes a workspace without its inputs at a place of one's own; when it fails, nothing of it is left.</summary>
    /// <param name="home">Its directory; what lies there is deleted.</param>
    /// <param name="checkout">The directory with the script.</param>
    /// <param name="models">The model volume, to which links lead; null where empty stand-ins will do, as for the preview.</param>
    /// <exception cref="FileNotFoundException">There is no script in <paramref name="checkout"/>.</exception>
    /// <exception cref="IOException">It is in use, or the disk is full or read-only, or the volume went away.</exception>
    public static Workspace Create(string home, string checkout, ModelReport? models)
    {
        var script = Path.GetFullPath(Path.Combine(checkout, ColabLayout.Script));
        if (!File.Exists(script))
            throw new FileNotFoundException($"There is no {ColabLayout.Script} in {checkout}. Set Runner:Checkout to the directory that holds it.", script);

        home = Path.TrimEndingDirectorySeparator(Path.GetFullPath(home));
        var found = System.IO.Directory.Exists(home);
        var workspace = new Workspace(home, MakeLocked(home), found: found);
        try
        {
            // Whatever lies or runs here belongs to nobody: we hold its lock.
            Orphans.End(home);
            workspace.Empty();
            WorkspaceLinks.Make(workspace.Directory, Path.GetDirectoryName(script)!, models);
            return workspace;
        }
        catch
        {
            workspace.Dispose();
            throw;
        }
    }

    /// <summary>What a workspace itself puts into its home.</summary>
    internal static IReadOnlyList<string> Own { get; } = [Name, Kept, Lock];

    /// <summary>Takes a workspace that was kept.</summary>
    /// <param name="home">Its directory.</param>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    /// <exception cref="IOException">It is in use.</exception>
    public static Workspace Open(string home)
    {
        home = Path.TrimEndingDirectorySeparator(Path.GetFullPath(home));
        if (!System.IO.Directory.Exists(Path.Combine(home, Name)))
            throw new DirectoryNotFoundException($"{home} is no workspace: there is no {Name} in it. Make one with the verb prepare.");
        var workspace = new Workspace(home, TakeLock(home), kept: true);
        // Left of a command that was killed together with what stood between it and its script.
        Orphans.End(home);
        return workspace;
    }

    private static FileStream MakeLocked(string home)
    {
        while (true)
        {
            // What is in it is the user's who asked for it.
            if (OperatingSystem.IsWindows())
                System.IO.Directory.CreateDirectory(home);
            else
                System.IO.Directory.CreateDirectory(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            try
            {
                return TakeLock(home);
            }
            catch (DirectoryNotFoundException)
            {
                // A runner that started just now took it for the left-over of one that was killed at this very point.
            }
        }
    }

    /// <summary>Deletes a workspace that was kept.</summary>
    /// <exception cref="IOException">It is in use.</exception>
    public static void Delete(string home) => new Workspace(home, TakeLock(home)).Dispose();

    /// <summary>The place of a file of the workspace.</summary>
    public string PathOf(string name) => Path.Combine(Directory, name);

    /// <summary>Leaves it where it is when it is disposed of, and when a later start sweeps.</summary>
    /// <exception cref="IOException">The disk is full or away.</exception>
    public void Keep()
    {
        File.WriteAllBytes(Path.Combine(Home, Kept), []);
        _kept = true;
    }

    /// <summary>Deletes the workspaces whose process died, and ends what still runs in them.</summary>
    /// <returns>How many there were.</returns>
    public static int Sweep(string root)
    {
        if (!System.IO.Directory.Exists(root))
            return 0;
        var swept = 0;
        // One that was killed between making the directory and its lock has left an empty one.
        foreach (var home in System.IO.Directory.EnumerateDirectories(root).Where(home => AttemptName().IsMatch(Path.GetFileName(home)) && !File.Exists(Path.Combine(home, Lock))).ToList())
        {
            try
            {
                System.IO.Directory.Delete(home);
                swept++;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It is not empty, and so it is somebody's own, or another user's.
            }
        }

        // By their locks: a directory without one is somebody's own, whatever it is called.
        foreach (var home in System.IO.Directory.EnumerateDirectories(Path.GetFullPath(root)).Where(home => File.Exists(Path.Combine(home, Lock))).ToList())
        {
            try
            {
                using var orphaned = new Workspace(home, TakeLock(home), kept: File.Exists(Path.Combine(home, Kept)));
                // A runner that was killed takes its child along, unless what stood between them was killed too.
                Orphans.End(home);
                swept++;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // In use by a living process, or another user's.
            }
        }

        return swept;
    }

    /// <summary>Deletes the workspace with everything in it, unless it is kept. Links are deleted, never what they point to.</summary>
    public void Dispose()
    {
        try
        {
            if (!_kept)
                Empty();
            // The lock last: until it is gone, the next start finishes what a crash interrupts.
            File.Delete(_lock.Name);
            if (!_kept && !_found)
                System.IO.Directory.Delete(Home);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A vanished disk must not hide the outcome of the attempt. The lock's file stays, so the next start sweeps.
        }
        finally
        {
            _lock.Dispose();
        }
    }

    private static FileStream TakeLock(string home) =>
        new(Path.Combine(home, Lock), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);

    private void Empty()
    {
        foreach (var entry in new DirectoryInfo(Home).EnumerateFileSystemInfos().Where(entry => entry.Name != Lock).ToList())
        {
            if (entry is DirectoryInfo { LinkTarget: null } directory)
                directory.Delete(recursive: true);
            else
                entry.Delete();
        }
    }

    // <job>-<attempt>, as the worker calls them.
    [GeneratedRegex("^[0-9a-f]{32}-[0-9]+$")]
    private static partial Regex AttemptName();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$")]
    private static partial Regex SimpleName();
}

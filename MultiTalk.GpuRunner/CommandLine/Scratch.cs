using MultiTalk.GpuRunner.Execution;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>A temporary directory, gone when the command ends; what a killed command left goes when the next one starts.</summary>
internal sealed class Scratch : IDisposable
{
    private const string Prefix = "multitalk-";
    private const string Lock = ".multitalk-lock";

    private readonly FileStream _lock;

    public Scratch()
    {
        try
        {
            Sweep();
            Directory = System.IO.Directory.CreateTempSubdirectory(Prefix).FullName;
            _lock = TakeLock(Directory, FileMode.CreateNew);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            var reason = Environment.GetEnvironmentVariable("TMPDIR") is { Length: > 0 } directory
                ? $"TMPDIR names no directory that can be written: {directory}."
                : $"There is no directory for temporary files that can be written: {Path.GetTempPath()}.";
            throw new IOException($"{reason} Set TMPDIR to one with some free space.", exception);
        }
    }

    /// <summary>The directory; it can be read by nobody else.</summary>
    public string Directory { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        using (_lock)
            System.IO.Directory.Delete(Directory, recursive: true);
    }

    // Others can write where temporary files are: a link, or somebody's directory with such a name, is left alone.
    private static void Sweep()
    {
        foreach (var directory in System.IO.Directory.EnumerateDirectories(Path.GetTempPath(), Prefix + "*").Where(FileStatus.IsOwnDirectory).ToList())
        {
            try
            {
                using var taken = TakeLock(directory, FileMode.Open);
                Orphans.End(directory);
                System.IO.Directory.Delete(directory, recursive: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // In use, or not ours.
            }
        }
    }

    private static FileStream TakeLock(string directory, FileMode mode) =>
        new(Path.Combine(directory, Lock), mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
}

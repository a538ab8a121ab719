using Microsoft.Extensions.Options;

namespace MultiTalk.Web.Media;

/// <summary>
/// Where uploads lie while they are inspected and normalised: ffmpeg needs local files. On the disk of the media, taking them into the
/// store is then a move.
/// </summary>
public sealed class Scratch(IOptions<MediaOptions> options, TimeProvider time) : IHostedService
{
    // Where nothing was written for so long, a Web was killed.
    private static readonly TimeSpan _abandonedAfter = TimeSpan.FromHours(6);

    /// <summary>Makes the directory and removes what a killed Web left half-done.</summary>
    /// <exception cref="IOException">The directory cannot be written: better said now than at the first upload.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        Open(options.Value.Scratch, time);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A directory of its own for an upload; gone with what it holds when disposed.</summary>
    /// <exception cref="MediaUnavailableException">It cannot be made.</exception>
    /// <exception cref="GpuRunner.Media.DiskFullException">There is no room for it.</exception>
    public Incoming NewIncoming() => MediaUnavailableException.OnDisk(() => new Incoming(options.Value.Scratch));

    /// <summary>Makes a directory of half-done things, or removes those in it that a killed Web left.</summary>
    internal static void Open(string path, TimeProvider time)
    {
        foreach (var entry in Directory.CreateDirectory(path).GetFileSystemInfos())
        {
            try
            {
                if (time.GetUtcNow() - WrittenAt(entry) <= _abandonedAfter)
                    continue;
                if (entry is DirectoryInfo directory)
                    directory.Delete(recursive: true);
                else
                    entry.Delete();
            }
            catch (DirectoryNotFoundException)
            {
                // Its upload has ended, or another Web was faster.
            }
        }

        new Incoming(path).Dispose();
    }

    // A directory itself knows only when something came or went in it.
    private static DateTime WrittenAt(FileSystemInfo entry) => entry is DirectoryInfo directory
        ? directory.EnumerateFileSystemInfos().Select(file => file.LastWriteTimeUtc).Append(entry.LastWriteTimeUtc).Max()
        : entry.LastWriteTimeUtc;
}

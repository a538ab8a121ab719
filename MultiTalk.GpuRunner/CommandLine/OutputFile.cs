using System.Security.Cryptography;
using System.Text;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>The file that a command writes: it is there whole, or as it was before.</summary>
internal sealed class OutputFile : IDisposable
{
    // Of every file system in use on Linux and macOS; only the rename, after all the work, would say so.
    private const int MaxNameBytes = 255;

    private readonly string _target;
    private readonly string _part;

    /// <summary>Makes sure, before any work is done, that the file can be written.</summary>
    /// <param name="target">The file; behind a symbolic link, the one it points to.</param>
    /// <exception cref="InvalidRequestException"><c>out_not_writable</c>.</exception>
    public OutputFile(string target)
    {
        if (string.IsNullOrWhiteSpace(target))
            throw NotWritable("The name of the video is empty.", "Name a file, such as talk.mp4.");
        try
        {
            var path = Path.GetFullPath(target);
            if (Encoding.UTF8.GetByteCount(Path.GetFileName(path)) > MaxNameBytes)
                throw NotWritable($"The name of the video is longer than {MaxNameBytes} bytes.", "Shorten it.");
            // A rename would replace a link, not what it points to.
            _target = new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
            var directory = Path.GetDirectoryName(_target);
            if (Directory.Exists(_target) || !Directory.Exists(directory))
                throw NotWritable(Directory.Exists(_target) ? $"{_target} is a directory." : $"There is no directory {directory}.", "Name a file in a directory that exists.");
            if (File.Exists(_target) && !FileStatus.IsOrdinary(_target))
                throw NotWritable($"{_target} is a pipe, a device or a socket, and a video would take its place.", "Name an ordinary file.");

            // Beside the target: a rename is atomic only within a file system. Short, so that every name leaves room for it.
            _part = Path.Combine(directory, $".multitalk-{RandomNumberGenerator.GetHexString(8, lowercase: true)}.part");
            using var part = new FileStream(_part, FileMode.CreateNew);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(exception.Message, "Name a file that you may write.");
        }
    }

    /// <summary>Puts a file in its place, over what is there.</summary>
    public void Publish(string source)
    {
        File.Copy(source, _part, overwrite: true);
        File.Move(_part, _target, overwrite: true);
    }

    /// <inheritdoc/>
    public void Dispose() => File.Delete(_part);

    private static InvalidRequestException NotWritable(string message, string remedy) => new("out_not_writable", "out", message, remedy);
}

using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>The file that a command writes: it is there whole, or as it was before.</summary>
internal sealed class OutputFile : IDisposable
{
    private readonly string _target;
    private readonly string _part;

    /// <summary>Makes sure, before any work is done, that the file can be written.</summary>
    /// <exception cref="InvalidRequestException"><c>out_not_writable</c>.</exception>
    public OutputFile(string target)
    {
        _target = Path.GetFullPath(target);
        var directory = Path.GetDirectoryName(_target);
        if (Directory.Exists(_target) || !Directory.Exists(directory))
        {
            throw new InvalidRequestException("out_not_writable", "out",
                Directory.Exists(_target) ? $"{_target} is a directory." : $"There is no directory {directory}.", "Name a file in a directory that exists.");
        }

        // Beside the target: a rename is atomic only within a file system.
        _part = Path.Combine(directory, $".{Path.GetFileName(_target)}.{Guid.NewGuid():N}.part");
        try
        {
            File.Create(_part).Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidRequestException("out_not_writable", "out", exception.Message, "Name a file that you may write.");
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
}

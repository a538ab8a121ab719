namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>A temporary directory, gone when the command ends.</summary>
internal sealed class Scratch : IDisposable
{
    /// <summary>The directory; it can be read by nobody else.</summary>
    public string Directory { get; } = Create();

    /// <inheritdoc/>
    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);

    private static string Create()
    {
        try
        {
            return System.IO.Directory.CreateTempSubdirectory("multitalk-").FullName;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            var reason = Environment.GetEnvironmentVariable("TMPDIR") is { Length: > 0 } directory
                ? $"TMPDIR names no directory that can be written: {directory}."
                : $"There is no directory for temporary files that can be written: {Path.GetTempPath()}.";
            throw new IOException($"{reason} Set TMPDIR to one with some free space.", exception);
        }
    }
}

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>A temporary directory, gone when the command ends.</summary>
internal sealed class Scratch : IDisposable
{
    /// <summary>The directory; it can be read by nobody else.</summary>
    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("multitalk-").FullName;

    /// <inheritdoc/>
    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}

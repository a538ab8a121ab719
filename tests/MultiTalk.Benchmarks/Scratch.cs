namespace MultiTalk.Benchmarks;

/// <summary>The directory of one run, gone with it. Its path is short, so that a Unix socket fits into it.</summary>
internal sealed class Scratch : IDisposable
{
    private int _made;

    /// <summary>Its path.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("mt-bench-").FullName;

    /// <summary>Makes a directory in it.</summary>
    public string NewDirectory(string name) =>
        Directory.CreateDirectory(Path.Combine(Root, FormattableString.Invariant($"{name}-{Interlocked.Increment(ref _made)}"))).FullName;

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

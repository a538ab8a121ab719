namespace MultiTalk.GpuRunner.Execution;

/// <summary>
/// Keeps what the script writes, byte by byte, in two files beside its directory. Nothing is buffered, so a killed runner loses
/// only what it had not read. Of a script that writes without end the start is kept, and the end, which says how it ended.
/// </summary>
/// <param name="home">Where they are; those of an earlier run are replaced.</param>
/// <param name="maxBytes">The most that is kept of each, in bytes.</param>
public sealed class RunLogs(string home, long maxBytes = RunLogs.MaxBytes) : IDisposable
{
    /// <summary>The file with its standard output.</summary>
    public const string Output = "stdout.log";

    /// <summary>The file with its standard error.</summary>
    public const string Errors = "stderr.log";

    /// <summary>The most that is kept of each, in bytes; bars of a long run are some hundred kilobytes.</summary>
    public const long MaxBytes = 16 << 20;

    private readonly RunLog _output = new(Path.Combine(home, Output), maxBytes);
    private readonly RunLog _errors = new(Path.Combine(home, Errors), maxBytes);

    /// <summary>Takes what was read; each stream may have a thread of its own.</summary>
    public void Write(bool error, ReadOnlySpan<byte> bytes) => (error ? _errors : _output).Write(bytes);

    /// <inheritdoc/>
    public void Dispose()
    {
        _output.Dispose();
        _errors.Dispose();
    }
}

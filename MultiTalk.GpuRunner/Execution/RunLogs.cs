namespace MultiTalk.GpuRunner.Execution;

/// <summary>
/// Keeps what the script writes, byte by byte, in two files beside its directory. Nothing is buffered, so a killed runner loses
/// only what it had not read. A disk that is full or gone ends a log, never the run.
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

    private readonly Log _output = new(Path.Combine(home, Output), maxBytes);
    private readonly Log _errors = new(Path.Combine(home, Errors), maxBytes);

    /// <summary>Takes what was read; each stream may have a thread of its own.</summary>
    public void Write(bool error, ReadOnlySpan<byte> bytes) => (error ? _errors : _output).Write(bytes);

    /// <inheritdoc/>
    public void Dispose()
    {
        _output.Dispose();
        _errors.Dispose();
    }

    private sealed class Log : IDisposable
    {
        private readonly long _maxBytes;
        private FileStream? _file;
        private long _left;

        public Log(string path, long maxBytes)
        {
            _left = _maxBytes = maxBytes;
            try
            {
                _file = new(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Then there is no log.
            }
        }

        public void Write(ReadOnlySpan<byte> bytes)
        {
            if (_file is not { } file)
                return;
            try
            {
                file.Write(bytes[..(int)Math.Min(bytes.Length, _left)]);
                _left -= bytes.Length;
                if (_left >= 0)
                    return;
                file.Write(System.Text.Encoding.UTF8.GetBytes(FormattableString.Invariant($"\nThis log ends here, at its limit of {_maxBytes} bytes; the script wrote more.\n")));
            }
            catch (IOException)
            {
                // What is missing in the middle of a log misleads: it ends here.
            }

            Dispose();
        }

        public void Dispose()
        {
            _file?.Dispose();
            _file = null;
        }
    }
}

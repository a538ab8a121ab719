using System.Text;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>What one stream of the script writes, in a file. A disk that is full or gone ends it, never the run.</summary>
internal sealed class RunLog : IDisposable
{
    private const int TailBytes = 256 * 1024;

    private FileStream? _file;
    private long _left;
    private byte[] _tail = [];
    private long _passed;

    /// <summary>Starts a log.</summary>
    /// <param name="path">The file; one of an earlier run is replaced.</param>
    /// <param name="maxBytes">What is kept of the start, in bytes.</param>
    public RunLog(string path, long maxBytes)
    {
        _left = maxBytes;
        try
        {
            _file = new(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Then there is no log.
        }
    }

    /// <summary>Adds what was read.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        var start = (int)Math.Min(bytes.Length, _left);
        ToDisk(bytes[..start]);
        _left -= start;
        Remember(bytes[start..]);
    }

    /// <summary>Adds the end, and closes the file.</summary>
    public void Dispose()
    {
        if (_passed > _tail.Length)
            ToDisk(Encoding.UTF8.GetBytes(FormattableString.Invariant($"\n[{_passed - _tail.Length} bytes of the script's output are left out here]\n")));
        var oldest = _passed > _tail.Length ? (int)(_passed % _tail.Length) : 0;
        ToDisk(_tail.AsSpan(oldest, (int)Math.Min(_passed, _tail.Length) - oldest));
        ToDisk(_tail.AsSpan(0, oldest));
        Close();
    }

    private void Remember(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 0 && _tail.Length == 0)
            _tail = new byte[TailBytes];
        while (bytes.Length > 0)
        {
            var place = _tail.AsSpan((int)(_passed % _tail.Length));
            var part = bytes[..Math.Min(bytes.Length, place.Length)];
            part.CopyTo(place);
            _passed += part.Length;
            bytes = bytes[part.Length..];
        }
    }

    private void ToDisk(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _file?.Write(bytes);
        }
        catch (IOException)
        {
            // What is missing in the middle of a log misleads: it ends here.
            Close();
        }
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }
}

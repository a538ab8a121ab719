namespace MultiTalk.GpuRunner.Execution;

/// <summary>The end of the script's output and what stood out in all of it.</summary>
public sealed class ScriptLog
{
    private const int MaxLines = 60;

    private readonly Queue<string> _lines = new();
    private bool _traceback;

    /// <summary>The last lines, oldest first.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    /// <summary>Whether the script said that it was done.</summary>
    public bool Finished { get; private set; }

    /// <summary>The head of the last exception, such as <c>KeyError: 'prompt'</c>; null without one. It is the message.</summary>
    public string? LastException { get; private set; }

    /// <summary>The head of the first exception of a chain, which is the cause.</summary>
    public string? FirstException { get; private set; }

    /// <summary>The line that says that a disk is full: only a line, while the exception speaks of a failed ffmpeg.</summary>
    public string? DiskFull { get; private set; }

    /// <summary>Takes the next line.</summary>
    public void Add(string line)
    {
        _lines.Enqueue(line);
        if (_lines.Count > MaxLines)
            _lines.Dequeue();

        Finished |= line.EndsWith("INFO: Finished.", StringComparison.Ordinal);
        if (line.Contains("No space left on device", StringComparison.Ordinal))
            DiskFull = line;

        // A traceback's frames are indented; the first line that is not is the exception.
        if (line.StartsWith("Traceback (most recent call last):", StringComparison.Ordinal))
        {
            _traceback = true;
        }
        else if (_traceback && !char.IsWhiteSpace(line[0]))
        {
            _traceback = false;
            LastException = line;
            FirstException ??= line;
        }
    }
}

namespace MultiTalk.GpuRunner.Execution;

/// <summary>Exceptions of which each was raised while the one before was handled, and the tracebacks that tell so.</summary>
public sealed class ExceptionChain
{
    private const int MaxExceptions = 20;
    private const int MaxLines = 200;

    private readonly List<RaisedError> _exceptions = [];
    private readonly Queue<string> _lines = new();

    /// <summary>The exceptions, the cause first.</summary>
    public IReadOnlyList<RaisedError> Exceptions => _exceptions;

    /// <summary>The last tracebacks as they were printed, oldest line first.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    /// <summary>Whether the script's own file called what raised the last one.</summary>
    /// <param name="library">A part of the path of the library's files, which are passed over.</param>
    public bool IsOfTheScript(string library) =>
        _lines.LastOrDefault(line => line.StartsWith("  File \"", StringComparison.Ordinal) && !line.Contains(library, StringComparison.Ordinal))
            ?.Contains("generate_multitalk.py\"", StringComparison.Ordinal) == true;

    /// <summary>Takes an exception; in a chain without end the first one and the last ones are kept.</summary>
    public void Add(RaisedError exception)
    {
        if (_exceptions.Count == MaxExceptions)
            _exceptions.RemoveAt(1);
        _exceptions.Add(exception);
    }

    /// <summary>Takes a line of the tracebacks.</summary>
    public void Add(string line)
    {
        _lines.Enqueue(line);
        if (_lines.Count > MaxLines)
            _lines.Dequeue();
    }
}

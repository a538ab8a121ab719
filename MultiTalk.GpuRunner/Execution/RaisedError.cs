namespace MultiTalk.GpuRunner.Execution;

/// <summary>An exception as Python printed it.</summary>
/// <param name="Head">Its type and the first line of its message, such as <c>KeyError: 'prompt'</c>.</param>
public sealed record RaisedError(string Head)
{
    private const int MaxLines = 20;

    private readonly List<string> _lines = [Head];

    /// <summary>The head and what follows of the message.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Takes the next line of the message.</summary>
    public void Add(string line)
    {
        if (_lines.Count < MaxLines)
            _lines.Add(line);
    }
}

namespace MultiTalk.GpuRunner.Worker;

/// <summary>
/// The script's lines until the Web has them, bounded: when the Web is away and the script is talkative, the oldest are
/// dropped. Lines are numbered, because some may be dropped while others are on their way.
/// </summary>
public sealed class PendingLines
{
    /// <summary>Most lines that wait.</summary>
    public const int MaxWaiting = 2_000;

    /// <summary>Most lines of one message.</summary>
    public const int MaxTaken = 500;

    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private long _first;

    /// <summary>Takes the next line.</summary>
    public void Add(string line)
    {
        lock (_gate)
        {
            _lines.Add(line);
            RemoveUntil(_first + _lines.Count - MaxWaiting);
        }
    }

    /// <summary>The oldest lines, and the number of the one after them. They stay until <see cref="Sent"/>.</summary>
    public (IReadOnlyList<string> Lines, long Next) Peek()
    {
        lock (_gate)
        {
            string[] lines = [.. _lines.Take(MaxTaken)];
            return (lines, _first + lines.Length);
        }
    }

    /// <summary>The lines before this number have arrived.</summary>
    public void Sent(long next)
    {
        lock (_gate)
            RemoveUntil(next);
    }

    private void RemoveUntil(long next)
    {
        if (next <= _first)
            return;
        _lines.RemoveRange(0, (int)(next - _first));
        _first = next;
    }
}

using MultiTalk.GpuRunner.Worker;

namespace MultiTalk.Tests.Worker;

public sealed class PendingLinesTests
{
    private readonly PendingLines _lines = new();

    [Fact]
    public void Lines_are_sent_once_and_in_order()
    {
        Add(0, 700);
        Assert.Equal(Numbers(0, 500), Send());
        Add(700, 800);
        Assert.Equal(Numbers(500, 800), Send());
        Assert.Empty(Send());
    }

    [Fact]
    public void Lines_stay_until_they_have_arrived()
    {
        Add(0, 3);
        _lines.Peek();
        Assert.Equal(Numbers(0, 3), _lines.Peek().Lines);
    }

    [Theory]
    [InlineData(2_100)]
    [InlineData(2_900)]
    public void An_overflow_while_lines_are_on_their_way_loses_no_other_line(int total)
    {
        Add(0, 2_000);
        var (_, next) = _lines.Peek();
        Add(2_000, total);
        _lines.Sent(next);

        var rest = new List<string>();
        while (Send() is { Count: > 0 } lines)
            rest.AddRange(lines);
        Assert.Equal(Numbers(Math.Max(500, total - PendingLines.MaxWaiting), total), rest);
    }

    private static IEnumerable<string> Numbers(int from, int to) => Enumerable.Range(from, to - from).Select(number => $"{number}");

    private void Add(int from, int to)
    {
        foreach (var line in Numbers(from, to))
            _lines.Add(line);
    }

    private IReadOnlyList<string> Send()
    {
        var (lines, next) = _lines.Peek();
        _lines.Sent(next);
        return lines;
    }
}

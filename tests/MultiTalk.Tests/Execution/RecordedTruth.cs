using System.Globalization;
using System.Text.RegularExpressions;

namespace MultiTalk.Tests.Execution;

/// <summary>What a recording says, read from all of its text at once and by no code of the product.</summary>
/// <param name="Steps">The steps of its sampling bars in order; 0 is the start of a segment.</param>
/// <param name="Output">The lines of stdout.</param>
/// <param name="Errors">The lines of stderr, without bars.</param>
internal sealed partial record RecordedTruth(IReadOnlyList<(int Segment, int Step)> Steps, IReadOnlyList<string> Output, IReadOnlyList<string> Errors)
{
    /// <summary>Reads a recording.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="steps">The steps of a segment.</param>
    public static RecordedTruth Of(string name, int steps)
    {
        var recording = Transcript.Load(name);
        return new([.. StepsOf(recording.Text(error: true), steps)], LinesOf(recording.Text(error: false)), LinesOf(recording.Text(error: true)));
    }

    // A segment is open from 0/N to the first N/N; a bar that is finished or broken off is written again.
    private static IEnumerable<(int Segment, int Step)> StepsOf(string errors, int steps)
    {
        var (segment, last) = (0, steps);
        foreach (var update in Update().Matches(errors).Where(update => update.Groups[2].Value == steps.ToString(CultureInfo.InvariantCulture)))
        {
            var step = int.Parse(update.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            if (last < steps ? step <= last : step > 0)
                continue;
            segment += step == 0 ? 1 : 0;
            last = step;
            yield return (segment, step);
        }
    }

    // One that is longer than a heartbeat takes is cut.
    private static List<string> LinesOf(string text) =>
        [.. text.Split('\n').Select(line => Colour().Replace(line.TrimEnd('\r').Split('\r')[^1], "").TrimEnd()).Where(line => line.Length > 0 && !line.Contains("%|", StringComparison.Ordinal))
            .Select(line => line.Length > 2_000 ? line[..1_999] + "…" : line)];

    [GeneratedRegex(@"\r *\d+%\|[^|\r\n]*\| *(\d+)/(\d+) \[")]
    private static partial Regex Update();

    [GeneratedRegex(@"\x1B\[[0-9;]*m")]
    private static partial Regex Colour();
}

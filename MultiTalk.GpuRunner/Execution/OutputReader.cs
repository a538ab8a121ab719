using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>
/// Splits one output stream of the script into log lines and progress bars. A bar is rewritten after a carriage return and
/// gets its newline only at its end, so whoever waits for lines is a step late: the unfinished line is looked at after every read.
/// </summary>
/// <param name="onLine">Gets every complete line that is no bar, without terminal codes, cut to <see cref="Heartbeat.MaxLine"/> characters.</param>
/// <param name="onBar">Gets a bar's name ("" if it has none), its position and its end; the same values may come twice.</param>
internal sealed partial class OutputReader(Action<string> onLine, Action<string, int, int> onBar)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _line = new();
    private bool _returned;
    private bool _cut;

    /// <summary>Takes the bytes of one read; characters may be split over two.</summary>
    public void Read(ReadOnlySpan<byte> bytes)
    {
        var chars = new char[_decoder.GetCharCount(bytes, flush: false)];
        _decoder.GetChars(bytes, chars, flush: false);
        foreach (var character in chars)
            Read(character);
        LookForBar();
    }

    /// <summary>The stream has ended: what is left is a line too.</summary>
    public void End()
    {
        if (_line.Length > 0)
            EndLine();
    }

    private void Read(char character)
    {
        if (character == '\n')
        {
            EndLine();
            return;
        }

        if (character == '\r')
        {
            // Only the next character tells whether the line ends here or starts anew.
            _returned = true;
            return;
        }

        if (_returned)
        {
            LookForBar();
            Clear();
        }

        // Megabytes without a newline: the start says what it is, the rest is dropped.
        if (_line.Length < Heartbeat.MaxLine)
            _line.Append(character);
        else
            _cut = true;
    }

    private void EndLine()
    {
        if (_cut)
            Shorten();
        var bar = LookForBar();
        // An exception may follow an open bar on the same line.
        var text = Printable(bar is null ? _line.ToString() : AfterBar().Match(_line.ToString(), bar.Index).Groups[1].Value);
        Clear();
        if (text.Length > 0)
            onLine(text);
    }

    private void Clear()
    {
        _line.Clear();
        (_returned, _cut) = (false, false);
    }

    // The ellipsis takes the place of the last character, and of its other half if it has one.
    private void Shorten()
    {
        _line.Length = Heartbeat.MaxLine - (char.IsHighSurrogate(_line[Heartbeat.MaxLine - 2]) ? 2 : 1);
        _line.Append('…');
    }

    private Match? LookForBar()
    {
        // The look-up costs little, and most chunks end with a newline.
        if (_line.Length == 0 || Bar().Match(_line.ToString()) is not { Success: true } bar)
            return null;
        if (int.TryParse(bar.Groups["step"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            && int.TryParse(bar.Groups["steps"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var steps))
        {
            onBar(bar.Groups["name"].Value.Trim(), step, steps);
        }

        return bar;
    }

    private static string Printable(string text)
    {
        var plain = TerminalCode().Replace(text, "").TrimEnd();
        return string.Concat(plain.Where(character => character == '\t' || !char.IsControl(character)));
    }

    // tqdm: "name: 5%|▌    | 2/40 [01:10<22:10, 35.00s/it]"
    [GeneratedRegex(@"^(?<name>.*?):? *\d{1,3}%\|[^|]*\| *(?<step>\d+)/(?<steps>\d+) \[", RegexOptions.CultureInvariant)]
    private static partial Regex Bar();

    [GeneratedRegex(@"\| *\d+/\d+ \[[^\]]*\]?(.*)$", RegexOptions.CultureInvariant)]
    private static partial Regex AfterBar();

    [GeneratedRegex(@"\x1B(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1B]*(?:\x07|\x1B\\)|[@-Z\\-_])", RegexOptions.CultureInvariant)]
    private static partial Regex TerminalCode();
}

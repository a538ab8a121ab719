using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MultiTalk.StandIn;

/// <summary>A recorded run of the real script: what each read of its two pipes returned, and when.</summary>
/// <param name="Reads">The reads in order, in seconds from the start.</param>
/// <param name="Seconds">When the process had ended.</param>
/// <param name="ExitCode">Its exit code; −n if signal n ended it.</param>
public sealed partial record Transcript(IReadOnlyList<(double Seconds, bool Error, byte[] Bytes)> Reads, double Seconds, int ExitCode)
{
    private static readonly string _recordings = Path.Combine(AppContext.BaseDirectory, "recordings");

    /// <summary>The names of all recordings.</summary>
    public static IEnumerable<string> Names => Directory.EnumerateFiles(_recordings).Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal);

    /// <summary>Frames of the video that it saved; 0 if it did not come so far.</summary>
    public int Frames => Saved().Match(Text(error: true)) is { Success: true } saved ? int.Parse(saved.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;

    /// <summary>Reads a recording.</summary>
    public static Transcript Load(string name)
    {
        var reads = new List<(double, bool, byte[])>();
        var (seconds, exitCode) = (0d, 0);
        foreach (var line in File.ReadLines(Path.Combine(_recordings, name + ".jsonl")))
        {
            using var record = JsonDocument.Parse(line);
            var root = record.RootElement;
            seconds = root.GetProperty("t").GetDouble();
            if (root.TryGetProperty("event", out var kind))
                exitCode = kind.ValueEquals("exit") ? root.GetProperty("code").GetInt32() : exitCode;
            else
                reads.Add((seconds, root.GetProperty("stream").ValueEquals("err"), Bytes(root)));
        }

        return new(reads, seconds, exitCode);
    }

    /// <summary>Everything that came from one stream.</summary>
    public string Text(bool error) => Encoding.UTF8.GetString([.. Reads.Where(read => read.Error == error).SelectMany(read => read.Bytes)]);

    private static byte[] Bytes(JsonElement record) =>
        record.TryGetProperty("text", out var text) ? Encoding.UTF8.GetBytes(text.GetString()!) : record.GetProperty("b64").GetBytesFromBase64();

    [GeneratedRegex(@"Saving video: 100%\|[^|\r\n]*\| (\d+)/\1 \[")]
    private static partial Regex Saved();
}

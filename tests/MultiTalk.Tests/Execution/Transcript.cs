using System.Text;
using System.Text.Json;

namespace MultiTalk.Tests.Execution;

/// <summary>A recorded run of the real script: what each read of its two pipes returned, and when.</summary>
internal sealed record Transcript(IReadOnlyList<(double Seconds, bool Error, byte[] Bytes)> Reads, int ExitCode)
{
    public static Transcript Load(string name)
    {
        var reads = new List<(double, bool, byte[])>();
        var exitCode = 0;
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Fixtures", "transcripts", name + ".jsonl")))
        {
            using var record = JsonDocument.Parse(line);
            var root = record.RootElement;
            if (root.TryGetProperty("event", out var kind))
                exitCode = kind.ValueEquals("exit") ? root.GetProperty("code").GetInt32() : exitCode;
            else
                reads.Add((root.GetProperty("t").GetDouble(), root.GetProperty("stream").ValueEquals("err"), Bytes(root)));
        }

        return new(reads, exitCode);
    }

    private static byte[] Bytes(JsonElement record) =>
        record.TryGetProperty("text", out var text) ? Encoding.UTF8.GetBytes(text.GetString()!) : record.GetProperty("b64").GetBytesFromBase64();
}

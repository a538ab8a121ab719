using System.Text;
using CliWrap;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>Keeps the start of what a program writes and reads the rest to its end, so that it neither fills memory nor stands still.</summary>
internal static class BoundedText
{
    private const int MaxChars = 256 * 1024;

    /// <summary>Where the program's output goes.</summary>
    public static PipeTarget To(StringBuilder text) => PipeTarget.Create(async (stream, cancellationToken) =>
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var buffer = new char[4096];
        while (await reader.ReadAsync(buffer, cancellationToken) is > 0 and var read)
            text.Append(buffer, 0, Math.Min(read, MaxChars - text.Length));
    });
}

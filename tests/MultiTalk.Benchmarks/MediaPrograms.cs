using System.Globalization;

namespace MultiTalk.Benchmarks;

/// <summary>A call of ffmpeg or ffprobe.</summary>
/// <param name="Start">When it began.</param>
/// <param name="End">When it ended.</param>
/// <param name="Last">Its last argument: what it wrote or read.</param>
internal sealed record MediaCall(DateTime Start, DateTime End, string Last);

/// <summary>
/// Stands before ffmpeg and ffprobe on the PATH and notes when each call began and ended. It costs the start of a shell a call, about
/// 2 ms, which counts as ours.
/// </summary>
internal sealed class MediaPrograms : IDisposable
{
    private static readonly string[] _programs = ["ffmpeg", "ffprobe"];

    private readonly string? _path = Environment.GetEnvironmentVariable("PATH");
    private readonly string _notes;

    /// <summary>From here on they are noted, in this process and in those that it starts.</summary>
    public MediaPrograms(Scratch scratch)
    {
        var directory = scratch.NewDirectory("bin");
        _notes = Path.Combine(directory, "notes");
        File.WriteAllText(_notes, "");
        foreach (var program in _programs)
        {
            var real = (_path ?? "").Split(Path.PathSeparator).Select(place => Path.Combine(place, program)).FirstOrDefault(File.Exists)
                ?? throw new InvalidOperationException($"{program} is missing. Install ffmpeg.");
            var stand = Path.Combine(directory, program);
            File.WriteAllText(stand, $$"""
                #!/usr/bin/env bash
                start=$EPOCHREALTIME
                '{{real}}' "$@"
                code=$?
                echo "$start $EPOCHREALTIME ${!#}" >> '{{_notes}}'
                exit $code

                """);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(stand, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        Environment.SetEnvironmentVariable("PATH", directory + Path.PathSeparator + _path);
    }

    /// <summary>The calls so far, in the order in which they ended.</summary>
    public IReadOnlyList<MediaCall> Calls => [.. File.ReadLines(_notes).Select(line => line.Split(' ', 3)).Select(parts => new MediaCall(Time(parts[0]), Time(parts[1]), parts[2]))];

    /// <summary>How long at least one of some calls ran between two moments, in seconds.</summary>
    public static double Seconds(IEnumerable<MediaCall> calls, DateTime from, DateTime to)
    {
        var (sum, reached) = (TimeSpan.Zero, from);
        foreach (var call in calls.OrderBy(call => call.Start))
        {
            var start = call.Start > reached ? call.Start : reached;
            var end = call.End < to ? call.End : to;
            if (end <= start)
                continue;
            sum += end - start;
            reached = end;
        }

        return sum.TotalSeconds;
    }

    public void Dispose() => Environment.SetEnvironmentVariable("PATH", _path);

    private static DateTime Time(string seconds) => DateTime.UnixEpoch.AddTicks((long)(decimal.Parse(seconds, CultureInfo.InvariantCulture) * TimeSpan.TicksPerSecond));
}

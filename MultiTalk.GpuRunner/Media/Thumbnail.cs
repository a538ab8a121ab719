using System.Globalization;
using MultiTalk.GpuRunner.Execution;

namespace MultiTalk.GpuRunner.Media;

/// <summary>Makes small pictures for lists.</summary>
public static class Thumbnail
{
    /// <summary>Most pixels of a side.</summary>
    public const int MaxSide = 320;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    /// <summary>Writes a JPEG of a PNG of ours, or of one picture of an MP4, at most <see cref="MaxSide"/> wide and high.</summary>
    /// <param name="source">The local file.</param>
    /// <param name="at">Which second of an MP4; null for a PNG.</param>
    /// <param name="target">Where it is written.</param>
    /// <param name="cancellationToken">Kills the conversion.</param>
    /// <returns>False if the file cannot be read, or takes longer than 30 s.</returns>
    /// <exception cref="DiskFullException">There is no room at <paramref name="target"/>.</exception>
    /// <exception cref="MissingProgramException">ffmpeg is not installed.</exception>
    public static async Task<bool> MakeAsync(string source, double? at, string target, CancellationToken cancellationToken)
    {
        try
        {
            var result = await MediaGate.RunAsync(() => MediaProgram.RunAsync("ffmpeg", Arguments(source, at, target), _limit, cancellationToken), cancellationToken);
            return result.ExitCode == 0 && File.Exists(target);
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static string[] Arguments(string source, double? at, string target) =>
    [
        .. MediaProgram.Convert,
        .. at is { } seconds ? ["-ss", seconds.ToString("0.###", CultureInfo.InvariantCulture), .. MediaProgram.Input("mov", source)] : MediaProgram.Input("png_pipe", source),
        "-frames:v", "1", "-an", "-sn", "-dn", "-map_metadata", "-1",
        "-vf", $"scale=w='min({MaxSide},iw)':h='min({MaxSide},ih)':force_original_aspect_ratio=decrease:flags=bicubic,format=yuvj420p",
        "-c:v", "mjpeg", "-q:v", "4", "-f", "image2", "-update", "1", $"file:{target}",
    ];
}

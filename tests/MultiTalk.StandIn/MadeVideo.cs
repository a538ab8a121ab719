using System.Collections.Concurrent;
using System.Globalization;
using CliWrap;

namespace MultiTalk.StandIn;

/// <summary>What a made video shows.</summary>
public enum Look
{
    /// <summary>Something that moves.</summary>
    Moving,

    /// <summary>The same picture all the time.</summary>
    Still,

    /// <summary>Nothing.</summary>
    Black,
}

/// <summary>A video with the codecs, rates and size of upstream's, made by ffmpeg once for all tests that want it.</summary>
/// <param name="Frames">Number of pictures, 25 a second.</param>
/// <param name="Look">What they show.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
public sealed record MadeVideo(int Frames, Look Look = Look.Moving, int Width = MadeVideo.RecordedWidth, int Height = MadeVideo.RecordedHeight)
{
    /// <summary>Pixels of the recorded runs' videos: those of a picture of 16:9.</summary>
    public const int RecordedWidth = 896;

    /// <summary>Pixels of the recorded runs' videos.</summary>
    public const int RecordedHeight = 448;

    private static readonly ConcurrentDictionary<MadeVideo, Lazy<Task<byte[]>>> _made = new();

    /// <summary>The file.</summary>
    public Task<byte[]> BytesAsync() => _made.GetOrAdd(this, video => new(video.MakeAsync)).Value;

    private async Task<byte[]> MakeAsync()
    {
        var directory = Directory.CreateTempSubdirectory("multitalk-video-");
        try
        {
            var path = Path.Combine(directory.FullName, "video.mp4");
            var size = FormattableString.Invariant($"size={Width}x{Height}:rate=25");
            var source = Look switch
            {
                Look.Moving => $"testsrc2={size}",
                Look.Still => $"testsrc2={size},loop=loop=-1:size=1",
                _ => $"color=black:{size}",
            };
            await Cli.Wrap("ffmpeg").WithArguments(
            [
                "-v", "error", "-nostdin", "-f", "lavfi", "-i", source, "-f", "lavfi", "-i", "sine=sample_rate=16000",
                "-frames:v", Frames.ToString(CultureInfo.InvariantCulture), "-t", (Frames / 25d).ToString(CultureInfo.InvariantCulture),
                "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "1", path,
            ]).ExecuteAsync();
            return await File.ReadAllBytesAsync(path);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}

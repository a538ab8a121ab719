using System.Globalization;
using System.Text.Json;
using MultiTalk.GpuRunner.Execution;

namespace MultiTalk.GpuRunner.Media;

/// <summary>Measures a video that the script wrote.</summary>
public static class MediaProbe
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    /// <summary>Reads the streams of an mp4 and counts its frames.</summary>
    /// <exception cref="InvalidDataException">It cannot be read as an mp4 with a video stream.</exception>
    /// <exception cref="MissingProgramException">ffprobe is not installed.</exception>
    /// <exception cref="TimeoutException">It took longer than 2 minutes.</exception>
    public static async Task<MediaStreams> StreamsAsync(string mp4, CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            "-v", "error", "-of", "json", "-count_packets",
            "-show_entries", "stream=codec_type,codec_name,width,height,r_frame_rate,nb_read_packets",
            .. MediaProgram.Input("mov", mp4),
        ];
        var result = await MediaProgram.RunAsync("ffprobe", arguments, _limit, cancellationToken);
        if (result.ExitCode != 0)
            throw new InvalidDataException($"ffprobe cannot read {Path.GetFileName(mp4)}: {result.Errors.Trim()}");

        using var document = JsonDocument.Parse(result.Output);
        var streams = document.RootElement.GetProperty("streams").EnumerateArray().ToList();
        var video = streams.FirstOrDefault(stream => stream.GetProperty("codec_type").ValueEquals("video"));
        if (video.ValueKind == JsonValueKind.Undefined)
            throw new InvalidDataException($"{Path.GetFileName(mp4)} has no video stream.");
        var audio = streams.FirstOrDefault(stream => stream.GetProperty("codec_type").ValueEquals("audio"));
        return new(
            Text(video, "codec_name"),
            audio.ValueKind == JsonValueKind.Undefined ? null : Text(audio, "codec_name"),
            video.GetProperty("width").GetInt32(),
            video.GetProperty("height").GetInt32(),
            int.Parse(Text(video, "nb_read_packets"), CultureInfo.InvariantCulture),
            Rate(Text(video, "r_frame_rate")));
    }

    /// <summary>The mean luma of the brightest of some frames spread over the video: 16 is black, 235 white.</summary>
    /// <param name="mp4">The video.</param>
    /// <param name="every">Takes one frame of so many.</param>
    /// <param name="cancellationToken">Kills the measurement.</param>
    /// <exception cref="InvalidDataException">A frame does not decode.</exception>
    /// <exception cref="MissingProgramException">ffmpeg is not installed.</exception>
    /// <exception cref="TimeoutException">It took longer than 2 minutes.</exception>
    public static async Task<double> BrightestLumaAsync(string mp4, int every, CancellationToken cancellationToken)
    {
        const string Key = "lavfi.signalstats.YAVG";
        string[] arguments =
        [
            "-v", "error", "-nostdin", "-xerror", .. MediaProgram.Input("mov", mp4),
            "-an", "-vf", $"select='not(mod(n,{every.ToString(CultureInfo.InvariantCulture)}))',signalstats,metadata=print:key={Key}:file=-", "-f", "null", "-",
        ];
        var result = await MediaProgram.RunAsync("ffmpeg", arguments, _limit, cancellationToken);
        if (result.ExitCode != 0)
            throw new InvalidDataException($"ffmpeg cannot decode {Path.GetFileName(mp4)}: {result.Errors.Trim()}");
        return result.Output.Split('\n')
            .Where(line => line.StartsWith(Key, StringComparison.Ordinal))
            .Select(line => double.Parse(line.AsSpan(Key.Length + 1), CultureInfo.InvariantCulture))
            .DefaultIfEmpty(0)
            .Max();
    }

    private static string Text(JsonElement stream, string name) => stream.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    private static double Rate(string fraction) =>
        fraction.Split('/') is [var over, var under]
            ? double.Parse(over, CultureInfo.InvariantCulture) / double.Parse(under, CultureInfo.InvariantCulture)
            : 0;
}

/// <summary>What a video holds.</summary>
/// <param name="VideoCodec">ffprobe's name, such as <c>h264</c>.</param>
/// <param name="AudioCodec">ffprobe's name, such as <c>aac</c>; null without sound.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Frames">Number of pictures.</param>
/// <param name="Fps">Pictures a second.</param>
public sealed record MediaStreams(string VideoCodec, string? AudioCodec, int Width, int Height, int Frames, double Fps);

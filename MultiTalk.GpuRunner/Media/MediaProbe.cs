using System.Globalization;
using System.Text.Json;
using CliWrap;
using MultiTalk.GpuRunner.Execution;

namespace MultiTalk.GpuRunner.Media;

/// <summary>Measures a video that the script wrote.</summary>
public static class MediaProbe
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    /// <summary>Reads the streams of an mp4 and counts its frames.</summary>
    /// <exception cref="InvalidDataException">It cannot be read as an mp4 with a video stream, or it is cut off.</exception>
    /// <exception cref="MissingProgramException">ffprobe is not installed.</exception>
    /// <exception cref="TimeoutException">It took longer than 2 minutes.</exception>
    public static async Task<MediaStreams> StreamsAsync(string mp4, CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            "-v", "error", "-of", "json", "-count_packets",
            "-show_entries", "stream=codec_type,codec_name,width,height,r_frame_rate,duration,nb_frames,nb_read_packets",
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
        var hasAudio = audio.ValueKind != JsonValueKind.Undefined;
        return new(
            Text(video, "codec_name"),
            hasAudio ? Text(audio, "codec_name") : null,
            video.GetProperty("width").GetInt32(),
            video.GetProperty("height").GetInt32(),
            Packets(video, mp4),
            Rate(Text(video, "r_frame_rate")),
            hasAudio && Packets(audio, mp4) > 0 ? Number(audio, "duration") : 0);
    }

    /// <summary>Decodes all of a video and measures its pictures.</summary>
    /// <param name="mp4">The video.</param>
    /// <param name="streams">What it holds.</param>
    /// <param name="cancellationToken">Kills the measurement.</param>
    /// <exception cref="InvalidDataException">A frame does not decode.</exception>
    /// <exception cref="MissingProgramException">ffmpeg is not installed.</exception>
    /// <exception cref="TimeoutException">It took longer than 2 minutes.</exception>
    internal static async Task<PictureMeter> PicturesAsync(string mp4, MediaStreams streams, CancellationToken cancellationToken)
    {
        var (width, height) = (Blocks(streams.Width), Blocks(streams.Height));
        var meter = new PictureMeter(width * height, streams.Frames);
        string[] arguments =
        [
            "-v", "error", "-nostdin", "-xerror", .. MediaProgram.Input("mov", mp4), "-map", "0:v:0",
            // The levels stay as they are in the file, 16 to 235; rounded in haste they would be one too high.
            "-vf", FormattableString.Invariant($"extractplanes=y,scale={width}:{height}:flags=area+accurate_rnd:in_range=full:out_range=full"), "-f", "rawvideo", "-",
        ];
        var result = await MediaProgram.RunAsync("ffmpeg", arguments, PipeTarget.Create(meter.ReadAsync), _limit, cancellationToken);
        if (result.ExitCode != 0)
            throw new InvalidDataException($"ffmpeg cannot decode {Path.GetFileName(mp4)}: {result.Errors.Trim()}");
        if (meter.Frames != streams.Frames)
            throw new InvalidDataException(FormattableString.Invariant($"{meter.Frames} of the {streams.Frames} frames of {Path.GetFileName(mp4)} can be decoded."));
        return meter;
    }

    private static int Blocks(int pixels) => Math.Max(1, pixels / PictureMeter.Block);

    // The table at the start of a file that was cut off still lists what is gone.
    private static int Packets(JsonElement stream, string mp4)
    {
        var (listed, read) = (Number(stream, "nb_frames"), Number(stream, "nb_read_packets"));
        return read >= listed
            ? (int)read
            : throw new InvalidDataException(FormattableString.Invariant($"{Path.GetFileName(mp4)} is cut off: {read} of its {listed} {Text(stream, "codec_type")} packets are there."));
    }

    private static string Text(JsonElement stream, string name) => stream.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    // What ffprobe does not know it leaves out or calls N/A.
    private static double Number(JsonElement stream, string name) =>
        double.TryParse(Text(stream, name), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : 0;

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
/// <param name="AudioSeconds">How long the sound is; 0 without any.</param>
public sealed record MediaStreams(string VideoCodec, string? AudioCodec, int Width, int Height, int Frames, double Fps, double AudioSeconds);

using CliWrap;
using CliWrap.Buffered;

namespace MultiTalk.Tests.Media;

/// <summary>Makes the media of the tests, and looks at what came of them.</summary>
internal static class Ffmpeg
{
    /// <summary>Runs ffmpeg with arguments that hold no blanks.</summary>
    public static Task MakeAsync(string arguments, string target) =>
        Cli.Wrap("ffmpeg").WithArguments(["-v", "error", "-nostdin", "-y", .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), target])
            .ExecuteAsync(TestContext.Current.CancellationToken);

    /// <summary>A picture from a source of lavfi.</summary>
    public static Task PictureAsync(string source, string target, string more = "") => MakeAsync($"-f lavfi -i {source} -frames:v 1 {more}", target);

    /// <summary>A voice from a source of lavfi.</summary>
    public static Task VoiceAsync(string source, string target, string more = "") => MakeAsync($"-f lavfi -i {source} {more}", target);

    /// <summary>The pixels, three bytes each.</summary>
    public static async Task<byte[]> PixelsAsync(string picture)
    {
        using var pixels = new MemoryStream();
        await Cli.Wrap("ffmpeg").WithArguments(["-v", "error", "-nostdin", "-i", picture, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
            .WithStandardOutputPipe(PipeTarget.ToStream(pixels)).ExecuteAsync(TestContext.Current.CancellationToken);
        return pixels.ToArray();
    }

    /// <summary>Fields of the first stream, such as <c>codec_name=png</c>.</summary>
    public static async Task<string[]> FieldsAsync(string file, string fields)
    {
        var result = await Cli.Wrap("ffprobe").WithArguments(["-v", "error", "-show_entries", $"stream={fields}", "-of", "default=noprint_wrappers=1", file])
            .ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        return result.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}

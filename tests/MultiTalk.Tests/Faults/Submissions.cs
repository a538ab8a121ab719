using MultiTalk.Tests.Media;

namespace MultiTalk.Tests.Faults;

/// <summary>The shortest job there is: a small picture, half a second of voice, one step; about a second of work.</summary>
internal static class Submissions
{
    /// <summary>A clip of 13 frames, with the script's own track.</summary>
    public const string Options = """{"engine":"preview","mode":"clip","frameNum":13,"steps":1,"keepOriginalAudio":false}""";

    private static readonly Lazy<Task<(byte[] Picture, byte[] Voice)>> _media = new(MakeAsync);

    /// <summary>A form of it; a form can be sent once.</summary>
    public static async Task<MultipartFormDataContent> NewAsync()
    {
        var (picture, voice) = await _media.Value;
        return Samples.Form(picture, voice, Samples.Prompt, Options);
    }

    private static async Task<(byte[] Picture, byte[] Voice)> MakeAsync()
    {
        using var directory = new TempDirectory();
        await Ffmpeg.MakeAsync($"-i {Samples.Path("portrait.png")} -vf scale=192:-2", directory["small.png"]);
        await Ffmpeg.MakeAsync($"-i {Samples.Path("voice.wav")} -t 0.5", directory["short.wav"]);
        return (await File.ReadAllBytesAsync(directory["small.png"]), await File.ReadAllBytesAsync(directory["short.wav"]));
    }
}

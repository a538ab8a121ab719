using System.Text.Json;

namespace MultiTalk.StandIn;

/// <summary>
/// A checkout whose <c>generate_multitalk.py</c> plays a scenario: the runner starts it as it starts the real one, in its own
/// workspace and with the same arguments, and it misses its files like the real one.
/// </summary>
public sealed class PlayedScript : IDisposable
{
    private const string Script = "generate_multitalk.py";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("multitalk-stand-in-");

    private PlayedScript(Scenario scenario)
    {
        File.Copy(System.IO.Path.Combine(AppContext.BaseDirectory, "script", Script), System.IO.Path.Combine(Path, Script));
        File.WriteAllBytes(System.IO.Path.Combine(Path, "scenario.json"), JsonSerializer.SerializeToUtf8Bytes(scenario.Steps));
        if (scenario.Video is not null)
            File.WriteAllBytes(System.IO.Path.Combine(Path, Step.Video), scenario.Video);
    }

    /// <summary>The directory with the script.</summary>
    public string Path => _directory.FullName;

    /// <summary>Plays a scenario.</summary>
    public static PlayedScript Of(Scenario scenario) => new(scenario);

    /// <summary>Plays a recording; one that succeeds leaves a video like its own.</summary>
    /// <param name="recording">Its name.</param>
    /// <param name="framing">In which portions it is written.</param>
    /// <param name="scale">Of its time: 1 takes as long as the real run did.</param>
    public static async Task<PlayedScript> ReplayAsync(string recording, Framing framing, double scale)
    {
        var transcript = Transcript.Load(recording);
        // Which video is black does not show in what was written.
        var look = recording.StartsWith("black-video", StringComparison.Ordinal) ? Look.Black : Look.Moving;
        var video = transcript.ExitCode == 0 ? await new MadeVideo(transcript.Frames, look).BytesAsync() : null;
        return new(Scenario.Of(transcript, framing, scale, video));
    }

    /// <inheritdoc/>
    public void Dispose() => _directory.Delete(recursive: true);
}

using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.GpuRunner.Media;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>
/// Makes the final video of what the script wrote: checked, with the recordings in place of upstream's track, marked as what it is.
/// The script's own file stays as it was, so that this can be repeated, and then gives the same bytes.
/// </summary>
public static class OutputCollector
{
    /// <summary>The final video, in <see cref="Workspace.Home"/>.</summary>
    public const string Video = "video.mp4";

    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    /// <summary>Checks and finishes the video of a workspace.</summary>
    /// <param name="workspace">Where the script has ended.</param>
    /// <param name="plan">What it should have done.</param>
    /// <param name="log">What it said, for errors.</param>
    /// <param name="marks">What the video is to say of itself.</param>
    /// <param name="cancellationToken">Stops it; no half a video is left.</param>
    /// <returns>The measures of <see cref="Video"/>.</returns>
    /// <exception cref="GenerationFailedException">
    /// What <see cref="OutputVerifier.VerifyAsync"/> finds; <c>voice_missing</c> or <c>output_not_finished</c>.
    /// </exception>
    /// <exception cref="DiskFullException">There is no room for the video.</exception>
    /// <exception cref="MissingProgramException">ffmpeg is not installed.</exception>
    public static async Task<VideoFacts> CollectAsync(Workspace workspace, GenerationPlan plan, ScriptLog log, VideoMarks marks, CancellationToken cancellationToken)
    {
        var source = workspace.PathOf(ColabLayout.Output);
        var target = Path.Combine(workspace.Home, Video);
        var part = target + ".part";
        var streams = await OutputVerifier.CheckAsync(source, plan, log, cancellationToken);
        try
        {
            var voice = plan.KeepOriginalAudio ? FindVoice(workspace, plan, log) : null;
            var result = await MediaProgram.RunAsync("ffmpeg", await ArgumentsAsync(source, voice, streams, marks, part, cancellationToken), _limit, cancellationToken);
            if (result.ExitCode != 0)
                throw new InvalidDataException($"ffmpeg says: {result.Errors.Trim()}");
            await XmpPacket.AppendAsync(part, marks, cancellationToken);

            var facts = await MeasureAsync(part, streams, plan, cancellationToken);
            File.Move(part, target, overwrite: true);
            return facts;
        }
        catch (Exception exception) when (exception is InvalidDataException or TimeoutException)
        {
            throw new GenerationFailedException(
                new("output_not_finished", "The video could not be finished.", exception.Message, "Try again; if it happens again, look at the runner's disk and its ffmpeg.", log.Lines), exception);
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static OriginalVoice FindVoice(Workspace workspace, GenerationPlan plan, ScriptLog log)
    {
        try
        {
            return OriginalVoice.Of(workspace, plan);
        }
        catch (Exception exception) when (exception is FileNotFoundException or InvalidDataException)
        {
            throw new GenerationFailedException(new("voice_missing", "A recording is gone, or no longer what it was.",
                $"The video is to have its sound. {exception.Message}",
                "Put it back, or set keepOriginalAudio to false to keep upstream's track.", log.Lines, Retryable: false), exception);
        }
    }

    private static async Task<string[]> ArgumentsAsync(string source, OriginalVoice? voice, MediaStreams streams, VideoMarks marks, string target, CancellationToken cancellationToken) =>
    [
        .. MediaProgram.Convert, "-xerror", .. MediaProgram.Input("mov", source),
        .. voice is null
            ? ["-map", "0:v:0", "-map", "0:a:0", "-c", "copy"]
            : (string[])[
                .. voice.Inputs, "-filter_complex", await voice.FilterAsync(first: 1, streams.Frames, cancellationToken),
                "-map", "0:v:0", "-map", "[sound]", "-c:v", "copy", "-c:a", "aac", "-b:a", $"{voice.Bitrate}"],
        // Only our own tags, and nothing of the version of ffmpeg.
        "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags", "+bitexact",
        "-metadata", $"title={marks.Title}", "-metadata", $"description={marks.Description}", "-metadata", $"comment={marks.Comment}",
        "-movflags", "+faststart", "-f", "mp4", $"file:{target}",
    ];

    // What was checked must still be there; only the sound is another.
    private static async Task<VideoFacts> MeasureAsync(string mp4, MediaStreams before, GenerationPlan plan, CancellationToken cancellationToken)
    {
        var streams = await MediaProbe.StreamsAsync(mp4, cancellationToken);
        var differences = OutputVerifier.Differences(streams, plan).ToList();
        if (differences.Count > 0 || streams.Frames != before.Frames)
            throw new InvalidDataException($"The finished video differs from the script's: {string.Join("; ", differences.DefaultIfEmpty($"{streams.Frames} frames, not {before.Frames}"))}.");
        return await OutputVerifier.FactsAsync(mp4, streams, cancellationToken);
    }
}

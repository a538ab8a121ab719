using System.Security.Cryptography;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.GpuRunner.Media;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>
/// Compares the video with the plan. The script exits 0 after a black one too (docs/contract.md, "Exit"), and a result that is not
/// the planned one is a failure: nothing ever takes its place.
/// </summary>
public static class OutputVerifier
{
    /// <summary>A video is black if no frame is brighter: mean luma, of 16 (black) to 235 (white).</summary>
    public const double BlackLuma = 20;

    /// <summary>
    /// A video is still if something moves in fewer of its frames. In one of several still pictures, such as a frozen one whose
    /// colours change from segment to segment, 9 % move; with a mouth that speaks for a second in ten, 12.
    /// </summary>
    public const double StillShare = 0.1;

    // Sound comes in packets of up to 0.064 s, and ends with a whole one.
    private const double SoundTolerance = 0.25;

    /// <summary>Measures the video.</summary>
    /// <param name="mp4">What the script wrote.</param>
    /// <param name="plan">What it should have written.</param>
    /// <param name="log">What it said, for the error.</param>
    /// <param name="cancellationToken">Stops measuring.</param>
    /// <exception cref="GenerationFailedException">
    /// <c>output_missing</c>, <c>output_unreadable</c>, <c>output_unexpected</c>, <c>output_black</c> or <c>output_still</c>.
    /// </exception>
    /// <exception cref="MissingProgramException">ffmpeg is not installed.</exception>
    public static async Task<VideoFacts> VerifyAsync(string mp4, GenerationPlan plan, ScriptLog log, CancellationToken cancellationToken) =>
        await FactsAsync(mp4, await CheckAsync(mp4, plan, log, cancellationToken), cancellationToken);

    /// <summary>The same without the hash.</summary>
    /// <inheritdoc cref="VerifyAsync"/>
    internal static async Task<MediaStreams> CheckAsync(string mp4, GenerationPlan plan, ScriptLog log, CancellationToken cancellationToken)
    {
        if (!File.Exists(mp4))
        {
            throw new GenerationFailedException(new("output_missing", "The script wrote no video.",
                $"It said that it was finished, but there is no {Path.GetFileName(mp4)} in its directory.",
                "See whether the script on this runner is MultiTalk's own, unchanged; then try again.", log.Lines, Retryable: false));
        }

        try
        {
            var streams = await MediaProbe.StreamsAsync(mp4, cancellationToken);
            if (Differences(streams, plan).ToList() is { Count: > 0 } differences)
            {
                throw new GenerationFailedException(new("output_unexpected", "The video is not what was planned.",
                    $"Of the video the script wrote, {string.Join("; ", differences)}.",
                    "See whether the script on this runner is MultiTalk's own, unchanged; with it this is a fault of the plan: report it with the last lines.", log.Lines, Retryable: false));
            }

            var pictures = await MediaProbe.PicturesAsync(mp4, streams, cancellationToken);
            if (pictures.BrightestLuma <= BlackLuma)
                throw Black(plan, pictures.BrightestLuma, log);
            return pictures.Moving < StillShare ? throw Still(pictures.Moving, log) : streams;
        }
        catch (Exception exception) when (exception is InvalidDataException or TimeoutException)
        {
            throw new GenerationFailedException(
                new("output_unreadable", "The video cannot be read.", exception.Message, "Try again; if it happens again, look at the runner's disk and its ffmpeg.", log.Lines), exception);
        }
    }

    /// <summary>What is told of a video whose streams were measured.</summary>
    internal static async Task<VideoFacts> FactsAsync(string mp4, MediaStreams streams, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(mp4);
        var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
        return new(streams.Width, streams.Height, streams.Frames, streams.Fps, streams.Frames / streams.Fps, stream.Length, hash);
    }

    /// <summary>How a video differs from its plan, a clause each.</summary>
    internal static IEnumerable<string> Differences(MediaStreams streams, GenerationPlan plan)
    {
        if (streams.VideoCodec != "h264")
            yield return $"the pictures are {streams.VideoCodec}, not h264";
        if (streams.AudioCodec != "aac")
            yield return $"the sound is {streams.AudioCodec ?? "missing"}, not aac";
        else if (Math.Abs(streams.AudioSeconds - ((double)streams.Frames / Segmentation.Fps)) > SoundTolerance)
            yield return FormattableString.Invariant($"the sound lasts {streams.AudioSeconds:0.00} s and the pictures {(double)streams.Frames / Segmentation.Fps:0.00}");
        if ((streams.Width, streams.Height) != (plan.Width, plan.Height))
            yield return $"the size is {streams.Width}×{streams.Height} pixels, not {plan.Width}×{plan.Height}";
        if (Math.Abs(streams.Fps - Segmentation.Fps) > 0.01)
            yield return FormattableString.Invariant($"the rate is {streams.Fps:0.##} frames a second, not {Segmentation.Fps}");
        if (!plan.LengthIsGuess && Math.Abs(streams.Frames - plan.Frames) > 1)
            yield return $"the frames are {streams.Frames}, not {plan.Frames}";
    }

    // A picture that is black itself is the other cause that occurs; a box that the rules let through is one all the same.
    private static GenerationFailedException Black(GenerationPlan plan, double luma, ScriptLog log)
    {
        var boxes = plan.Speakers.Any(speaker => speaker.Box is not null);
        return new(new("output_black", "The video is black.",
            FormattableString.Invariant($"Its brightest frame has a mean luma of {luma:0.0}, and 16 is black. ") + (boxes ? "This comes of a box that selects nobody." : "This comes of a picture that is black itself."),
            boxes ? "Check the boxes: each is [top, left, bottom, right] in pixels of the picture and holds a whole face. Or leave them out." : "Look at the picture; use a brighter one, without transparency.",
            log.Lines, Retryable: false));
    }

    private static GenerationFailedException Still(double moving, ScriptLog log) =>
        new(new("output_still", "Nothing moves in the video.",
            FormattableString.Invariant($"In {moving:0.0%} of its frames something differs from the frame 0.2 s before; where somebody speaks, it is in most."),
            "Use a voice that is louder or clearer, a picture with a larger face, or another seed.", log.Lines, Retryable: false));
}

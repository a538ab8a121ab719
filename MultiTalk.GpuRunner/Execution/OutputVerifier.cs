using System.Security.Cryptography;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.GpuRunner.Media;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>Compares the video with the plan. Upstream exits 0 after a black one too (docs/contract.md, "Output").</summary>
public static class OutputVerifier
{
    /// <summary>A video is black if no sampled frame is brighter: mean luma, of 16 (black) to 235 (white).</summary>
    public const double BlackLuma = 20;

    private const int SampledFrames = 8;

    /// <summary>Measures the video.</summary>
    /// <param name="mp4">What the script wrote.</param>
    /// <param name="plan">What it should have written.</param>
    /// <param name="log">What it said, for the error.</param>
    /// <param name="cancellationToken">Stops measuring.</param>
    /// <exception cref="GenerationFailedException"><c>output_missing</c>, <c>output_unreadable</c>, <c>output_unexpected</c> or <c>output_black</c>.</exception>
    /// <exception cref="MissingProgramException">ffmpeg is not installed.</exception>
    public static async Task<VideoFacts> VerifyAsync(string mp4, GenerationPlan plan, ScriptLog log, CancellationToken cancellationToken)
    {
        if (!File.Exists(mp4))
            throw Failure("output_missing", "The script wrote no video.", "It said that it was finished, but there is no output.mp4.", log);
        try
        {
            var streams = await MediaProbe.StreamsAsync(mp4, cancellationToken);
            if (Differences(streams, plan).ToList() is { Count: > 0 } differences)
                throw Failure("output_unexpected", "The video is not what was planned.", string.Join("; ", differences), log);
            var luma = await MediaProbe.BrightestLumaAsync(mp4, Math.Max(1, streams.Frames / SampledFrames), cancellationToken);
            if (luma <= BlackLuma)
                throw Failure("output_black", "The video is black.", FormattableString.Invariant($"The brightest of the sampled frames has a mean luma of {luma:0.0}; black is 16."), log);

            await using var stream = File.OpenRead(mp4);
            var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
            return new(streams.Width, streams.Height, streams.Frames, streams.Fps, streams.Frames / streams.Fps, stream.Length, hash);
        }
        catch (Exception exception) when (exception is InvalidDataException or TimeoutException)
        {
            throw Failure("output_unreadable", "The video cannot be read.", exception.Message, log, exception);
        }
    }

    private static IEnumerable<string> Differences(MediaStreams streams, GenerationPlan plan)
    {
        if (streams.VideoCodec != "h264")
            yield return $"the video codec is {streams.VideoCodec}, not h264";
        if (streams.AudioCodec != "aac")
            yield return $"the sound is {streams.AudioCodec ?? "missing"}, not aac";
        if ((streams.Width, streams.Height) != (plan.Width, plan.Height))
            yield return $"it has {streams.Width}×{streams.Height} pixels, not {plan.Width}×{plan.Height}";
        if (Math.Abs(streams.Fps - Segmentation.Fps) > 0.01)
            yield return FormattableString.Invariant($"it has {streams.Fps:0.##} frames a second, not {Segmentation.Fps}");
        if (!plan.LengthIsGuess && Math.Abs(streams.Frames - plan.Frames) > 1)
            yield return $"it has {streams.Frames} frames, not {plan.Frames}";
    }

    private static GenerationFailedException Failure(string code, string title, string cause, ScriptLog log, Exception? inner = null) =>
        new(new(code, title, cause, "Try again with another seed; if it happens again, report it with the last lines.", log.Lines), inner);
}

namespace MultiTalk.GpuRunner.Generation;

/// <summary>Upstream's arithmetic of frames (docs/contract.md, "Segments and frames"): L, F and M are its names.</summary>
public static class Segmentation
{
    /// <summary>Frames a second of every output.</summary>
    public const int Fps = 25;

    /// <summary>Streaming stops here whatever the length of the voice: 40 s.</summary>
    public const int MaxFrames = 1000;

    /// <summary>Upstream takes off so many frames at the end of what it pads itself.</summary>
    public const int Lost = 3;

    /// <summary>Frames of audio L that upstream counts. The same floating-point steps as in Python, so the same rounding.</summary>
    /// <param name="samples">Length at 16 kHz.</param>
    public static int AudioFrames(long samples) => (int)(samples / (double)VoiceFacts.SampleRate * Fps);

    /// <summary>The least number of samples at 16 kHz that counts as this many frames.</summary>
    public static long Samples(int audioFrames)
    {
        var samples = (long)audioFrames * VoiceFacts.SampleRate / Fps;
        // The floating-point steps fall short for some lengths: 29 frames need a sample more than 29/25 s has.
        while (AudioFrames(samples) < audioFrames)
            samples++;
        return samples;
    }

    /// <summary>The frames that show every one of these samples.</summary>
    public static int FramesToShow(long samples) => AudioFrames(samples) is var frames && Samples(frames) < samples ? frames + 1 : frames;

    /// <summary>The smallest legal number of frames of a segment, 4n+1, that shows this many.</summary>
    public static int FrameNumFor(int frames) => ((frames + 2) / 4 * 4) + 1;

    /// <summary>Segments (progress bars) of a streaming run; never fewer than two.</summary>
    /// <param name="audioFrames">L, more than <paramref name="frameNum"/>.</param>
    /// <param name="frameNum">F, frames a segment.</param>
    /// <param name="motionFrame">M, frames carried over to the next segment.</param>
    public static int StreamingSegments(int audioFrames, int frameNum, int motionFrame)
    {
        var rest = Math.Min(MaxFrames, audioFrames) - frameNum;
        var stride = frameNum - motionFrame;
        return Math.Max(2, 1 + ((rest + stride - 1) / stride));
    }

    /// <summary>
    /// Frames of a streaming run's video: what lies beyond the speech is cut, and three frames of the speech with it. Between
    /// 978 and 1033 (at 81 and 25) that cut comes after the one at <see cref="MaxFrames"/>, and is paid twice.
    /// </summary>
    /// <param name="audioFrames">L, more than <paramref name="frameNum"/>.</param>
    /// <param name="frameNum">F, frames a segment.</param>
    /// <param name="motionFrame">M, frames carried over to the next segment.</param>
    public static int StreamingFrames(int audioFrames, int frameNum, int motionFrame)
    {
        var sampled = Sampled(StreamingSegments(audioFrames, frameNum, motionFrame), frameNum, motionFrame);
        return Math.Min(MaxFrames, sampled) - (sampled >= audioFrames ? sampled - audioFrames + Lost : 0);
    }

    /// <summary>Whether the last segment shows nothing: all its new frames are among those that are cut.</summary>
    public static bool WastesSegment(int audioFrames, int frameNum, int motionFrame) =>
        StreamingFrames(audioFrames, frameNum, motionFrame)
        <= Sampled(StreamingSegments(audioFrames, frameNum, motionFrame) - 1, frameNum, motionFrame);

    /// <summary>
    /// The least L for which streaming shows this many frames and wastes no segment: three frames of silence more, or a few
    /// more than that (docs/contract.md, "Padding").
    /// </summary>
    /// <param name="frames">At most <see cref="MaxFrames"/>.</param>
    /// <param name="frameNum">F, frames a segment.</param>
    /// <param name="motionFrame">M, frames carried over to the next segment.</param>
    public static int PaddedFor(int frames, int frameNum, int motionFrame)
    {
        var padded = Math.Max(frames, frameNum + 1) + Lost;
        // Where a segment brings no more than what is cut, every length wastes one.
        var canWaste = frameNum - motionFrame > Lost;
        while (StreamingFrames(padded, frameNum, motionFrame) < frames || CutsTwice(padded, frameNum, motionFrame)
            || (canWaste && WastesSegment(padded, frameNum, motionFrame)))
        {
            padded++;
        }

        return padded;
    }

    private static bool CutsTwice(int audioFrames, int frameNum, int motionFrame) =>
        Sampled(StreamingSegments(audioFrames, frameNum, motionFrame), frameNum, motionFrame) is var sampled && sampled > MaxFrames && sampled >= audioFrames;

    private static int Sampled(int segments, int frameNum, int motionFrame) => frameNum + ((segments - 1) * (frameNum - motionFrame));
}

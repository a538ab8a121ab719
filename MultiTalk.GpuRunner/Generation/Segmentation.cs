namespace MultiTalk.GpuRunner.Generation;

/// <summary>Upstream's arithmetic of frames (docs/contract.md, "Segments and frames").</summary>
public static class Segmentation
{
    /// <summary>Frames a second of every output.</summary>
    public const int Fps = 25;

    /// <summary>Streaming stops here whatever the length of the voice: 40 s.</summary>
    public const int MaxFrames = 1000;

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

    /// <summary>Frames of a streaming run's video: three fewer than the audio has, and a double cut between 978 and 1033.</summary>
    /// <param name="audioFrames">L, more than 81.</param>
    public static int StreamingFrames(int audioFrames) => audioFrames switch
    {
        <= 977 => audioFrames - 3,
        <= 1033 => audioFrames - 36,
        _ => MaxFrames,
    };
}

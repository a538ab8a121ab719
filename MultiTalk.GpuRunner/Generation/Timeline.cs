namespace MultiTalk.GpuRunner.Generation;

/// <summary>How a speech is fitted into frames.</summary>
/// <param name="Mode"><c>clip</c> or <c>streaming</c>.</param>
/// <param name="FrameNum">F, frames a segment.</param>
/// <param name="MotionFrame">M, frames carried over to the next segment.</param>
/// <param name="AudioFrames">L, frames of audio as upstream counts them, after padding and trimming.</param>
/// <param name="Shown">Frames of the speech that the video shows; the rest of it is trimmed.</param>
internal sealed record Timeline(string Mode, int FrameNum, int MotionFrame, int AudioFrames, int Shown)
{
    /// <summary>Longest segment that still follows the prompt, by upstream's README.</summary>
    public const int MaxFrameNum = 201;

    // A little over what the model was trained at, where that saves the second segment.
    private const int LongestFreeClip = 97;

    public int Segments => Mode == GenerationMode.Clip ? 1 : Segmentation.StreamingSegments(AudioFrames, FrameNum, MotionFrame);

    public int Frames => Mode == GenerationMode.Clip ? FrameNum : Segmentation.StreamingFrames(AudioFrames, FrameNum, MotionFrame);

    /// <summary>The cheapest timeline that shows so many frames, at most <see cref="Segmentation.MaxFrames"/>.</summary>
    /// <returns>Null where a clip was asked for that cannot be so long.</returns>
    public static Timeline? For(int frames, Settings settings)
    {
        // Not where the request is for a small card: a longer segment takes more of its memory.
        var freeClip = settings.Quant is null ? LongestFreeClip : Settings.TrainedFrameNum;
        var mode = settings.Mode ?? (frames <= (settings.FrameNum ?? freeClip) ? GenerationMode.Clip : GenerationMode.Streaming);
        if (mode == GenerationMode.Clip)
        {
            var frameNum = settings.FrameNum ?? Math.Max(Settings.TrainedFrameNum, Segmentation.FrameNumFor(frames));
            // Upstream takes a voice only if it is longer than a segment; of a clip it keeps every frame.
            return frames <= frameNum && frameNum <= MaxFrameNum ? new(mode, frameNum, settings.MotionFrame, frameNum + 1, frames) : null;
        }

        var segment = settings.FrameNum ?? Settings.TrainedFrameNum;
        return new(mode, segment, settings.MotionFrame, Segmentation.PaddedFor(frames, segment, settings.MotionFrame), frames);
    }

    /// <summary>What upstream does with so many frames of audio, left as they are.</summary>
    /// <param name="audioFrames">L.</param>
    /// <param name="settings">Of the preset <c>colab</c>.</param>
    /// <returns>Null where it takes no voice so short.</returns>
    public static Timeline? AsOnColab(int audioFrames, Settings settings)
    {
        var frameNum = settings.FrameNum ?? Settings.TrainedFrameNum;
        if (audioFrames <= frameNum)
            return null;
        var timeline = new Timeline(settings.Mode ?? GenerationMode.Streaming, frameNum, settings.MotionFrame, audioFrames, audioFrames);
        return timeline with { Shown = Math.Min(audioFrames, timeline.Frames) };
    }

    /// <summary>
    /// The timeline of a speech whose end is silence: the speech decides how many segments there are, and of the silence as much
    /// stays as costs no other, and no longer one.
    /// </summary>
    /// <param name="speech">Frames of the speech without the silence.</param>
    /// <param name="whole">Frames with it.</param>
    /// <param name="settings">What was chosen.</param>
    public static Timeline? ForSilentEnd(int speech, int whole, Settings settings)
    {
        if (For(Math.Min(speech, Segmentation.MaxFrames), settings) is not { } needed)
            return null;
        for (var frames = Math.Min(whole, Segmentation.MaxFrames); frames > speech; frames--)
        {
            if (For(frames, settings) is { } timeline && timeline.Segments <= needed.Segments && timeline.FrameNum == needed.FrameNum)
                return timeline;
        }

        return needed;
    }
}

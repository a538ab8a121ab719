namespace MultiTalk.GpuRunner.Generation;

/// <summary>
/// The length of a text that was spoken. The script has written the speech before it loads the model, and from that file the
/// guess of the plan becomes exact (docs/contract.md, "Spoken text").
/// </summary>
public static class Spoken
{
    /// <summary>The file of the speech in the script's folder for the sound of a picture: one voice is not mixed.</summary>
    public static string File(GenerationPlan plan) => plan.Speakers.Count == 1 ? "s1.wav" : "sum.wav";

    /// <summary>The plan with the segments and frames that upstream makes of a speech.</summary>
    /// <param name="plan">The plan of a text.</param>
    /// <param name="samples">Length of the speech.</param>
    /// <param name="rate">Its samples a second: Kokoro speaks at 24,000.</param>
    /// <returns>
    /// Null if the speech is too short: upstream takes none that is not longer than a segment, and says so only after it has
    /// loaded the model. Of one that is too long it shows the beginning: a segment as a clip, else 40 s.
    /// </returns>
    public static GenerationPlan? Exactly(GenerationPlan plan, long samples, int rate)
    {
        // As librosa resamples: rounded up.
        var audioFrames = Segmentation.AudioFrames(((samples * VoiceFacts.SampleRate) + rate - 1) / rate);
        if (audioFrames <= plan.FrameNum)
            return null;
        var timeline = new Timeline(plan.Mode, plan.FrameNum, plan.MotionFrame, audioFrames, audioFrames);
        return plan with
        {
            AudioFrames = audioFrames,
            Segments = timeline.Segments,
            Frames = timeline.Frames,
            DurationSeconds = (double)timeline.Frames / Segmentation.Fps,
            IsSpoken = true,
        };
    }
}

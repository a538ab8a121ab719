namespace MultiTalk.GpuRunner.Generation;

/// <summary>What is worth knowing of a plan beforehand, in sentences.</summary>
internal static class PlanNotes
{
    // Colours drift and faces change from about here on, whatever is set.
    private const int DriftsFrom = 20 * Segmentation.Fps;

    public static IEnumerable<string> Of(Settings settings, Timeline timeline, VoiceFit fit, Crop crop, string? script)
    {
        if (script is not null)
            yield return "How long the text lasts is a guess until it was spoken; segments, frames and minutes depend on it.";
        if (fit.PaddingSeconds > 0)
            yield return FormattableString.Invariant($"{fit.PaddingSeconds:0.##} s of silence are added at the end, so that no speech is cut.");
        if (fit.TrimmedSeconds > 0)
            yield return FormattableString.Invariant($"{fit.TrimmedSeconds:0.##} s at the end are trimmed.");
        if (settings.AsOnColab && script is null && timeline.Frames < timeline.AudioFrames)
            yield return FormattableString.Invariant($"As on Colab, the last {(double)(timeline.AudioFrames - timeline.Frames) / Segmentation.Fps:0.##} s of the speech are lost.");
        if (timeline.Mode == GenerationMode.Streaming && Segmentation.WastesSegment(timeline.AudioFrames, timeline.FrameNum, timeline.MotionFrame))
            yield return settings.AsOnColab ? "As on Colab, the last segment is sampled and thrown away." : "Segments that overlap so much waste the last of them.";
        if (settings.Preset is Preset.Fast or Preset.Fastest && (settings.Loras.Count == 0 || !settings.TwoPasses))
            yield return $"The settings of the preset {settings.Preset} are made for its LoRA and a text scale of 1; without them the picture suffers.";
        if (crop.Lost > 0.15)
            yield return FormattableString.Invariant($"{crop.Lost:0%} of the picture are cut off at its edges.");
        if (timeline.Frames > DriftsFrom && !settings.UseApg)
            yield return "Beyond 20 s colours and faces drift; useApg and an audio scale of 3 help.";
        if (settings is { UseTeacache: true, Steps: <= 8 })
            yield return "TeaCache gains nothing with so few steps.";
    }
}

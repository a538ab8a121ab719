namespace MultiTalk.GpuRunner.Generation;

/// <summary>A request after its media were inspected: everything that planning needs, and no file.</summary>
/// <param name="Prompt">The text of the scene.</param>
/// <param name="Picture">The picture as it will be shown, after EXIF rotation.</param>
/// <param name="Voices">One or two, in the speakers' order.</param>
/// <param name="Options">What the user chose.</param>
public sealed record GenerationRequest(string Prompt, PictureFacts Picture, IReadOnlyList<VoiceFacts> Voices, GenerationOptions Options);

/// <summary>A picture's measures.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
public sealed record PictureFacts(int Width, int Height);

/// <summary>A voice's measures.</summary>
/// <param name="Samples">Its length at 16 kHz, the rate to which upstream resamples (docs/contract.md, "Audio").</param>
public sealed record VoiceFacts(long Samples)
{
    /// <summary>The rate of <see cref="Samples"/> in hertz.</summary>
    public const int SampleRate = 16_000;

    /// <summary>Length in seconds.</summary>
    public double Seconds => (double)Samples / SampleRate;
}

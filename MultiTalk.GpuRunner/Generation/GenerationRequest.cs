namespace MultiTalk.GpuRunner.Generation;

/// <summary>A request after its media were inspected: everything that planning needs, and no file.</summary>
/// <param name="Prompt">The text of the scene.</param>
/// <param name="Picture">The picture as it will be shown, after EXIF rotation.</param>
/// <param name="Speakers">One or two, from left to right unless they have boxes.</param>
/// <param name="Options">What the user chose.</param>
public sealed record GenerationRequest(string Prompt, PictureFacts Picture, IReadOnlyList<SpeakerRequest> Speakers, GenerationOptions Options);

/// <summary>A picture's measures.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
public sealed record PictureFacts(int Width, int Height);

/// <summary>A person in the picture: with a voice, with a text to speak, or with neither and silent.</summary>
/// <param name="Voice">A recording's measures.</param>
/// <param name="Text">
/// What is spoken by Kokoro. With two people either both have their text, or the first one's holds the whole conversation in
/// turns marked <c>(s1)</c> and <c>(s2)</c>.
/// </param>
/// <param name="TtsVoice">A voice of Kokoro, such as <c>af_heart</c>.</param>
/// <param name="Box">Where the person is in the picture; without boxes, the left and the right half.</param>
public sealed record SpeakerRequest(VoiceFacts? Voice = null, string? Text = null, string? TtsVoice = null, Box? Box = null)
{
    /// <summary>Whether a machine is to speak for this person.</summary>
    internal bool Synthetic => Text is not null || TtsVoice is not null;

    /// <summary>Whether this person says nothing.</summary>
    internal bool Silent => Voice is null && !Synthetic;
}

/// <summary>A voice's measures.</summary>
/// <param name="Samples">Its length at 16 kHz, the rate to which upstream resamples (docs/contract.md, "Audio").</param>
/// <param name="SpeechSamples">How much of it comes before the silence at its end; 0 if it is silent throughout.</param>
public sealed record VoiceFacts(long Samples, long SpeechSamples)
{
    /// <summary>The rate of <see cref="Samples"/> in hertz.</summary>
    public const int SampleRate = 16_000;

    /// <summary>Below this level, in decibels of full scale, a tail counts as silence.</summary>
    public const double SilenceDbfs = -50;

    /// <summary>A voice without silence at its end.</summary>
    public VoiceFacts(long samples)
        : this(samples, samples)
    {
    }

    /// <summary>Length in seconds.</summary>
    public double Seconds => (double)Samples / SampleRate;
}

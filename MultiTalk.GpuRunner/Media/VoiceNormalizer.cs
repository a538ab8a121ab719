using System.Globalization;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Media;

/// <summary>
/// Turns any voice we take into the one kind the script gets: a plain WAV, 16-bit PCM, 16 to 48 kHz, one or two channels,
/// no metadata. So Python never opens what a stranger uploaded.
/// </summary>
public static class VoiceNormalizer
{
    /// <summary>Longest voice.</summary>
    public static TimeSpan MaxLength { get; } = TimeSpan.FromMinutes(10);

    /// <summary>A voice of this length or less makes upstream's loudness measurement fail (docs/contract.md, "Audio").</summary>
    public static TimeSpan TooShort { get; } = TimeSpan.FromSeconds(0.4);

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    /// <summary>Writes the normalised voice and measures it. On failure nothing is left at <paramref name="target"/>.</summary>
    /// <param name="source">A WAV, MP3, FLAC, OGG or M4A, whatever its name.</param>
    /// <param name="field">The part of the request that is blamed, such as <c>voice1</c>.</param>
    /// <param name="target">Where the WAV is written; an existing file is replaced.</param>
    /// <param name="cancellationToken">Kills the conversion.</param>
    /// <exception cref="InvalidRequestException">
    /// <c>voice_empty</c>, <c>voice_not_supported</c>, <c>voice_without_sound</c>, <c>voice_undecodable</c>,
    /// <c>voice_too_short</c> or <c>voice_too_long</c>.
    /// </exception>
    /// <exception cref="DiskFullException">There is no room at <paramref name="target"/>.</exception>
    /// <exception cref="MissingProgramException">ffmpeg is not installed.</exception>
    public static async Task<VoiceFacts> NormalizeAsync(string source, string field, string target, CancellationToken cancellationToken)
    {
        var demuxer = await IdentifyAsync(source, field, cancellationToken);
        var done = false;
        try
        {
            var result = await MediaGate.RunAsync(() => MediaProgram.RunAsync("ffmpeg", Arguments(demuxer, source, target), _limit, cancellationToken), cancellationToken);
            if (result.Errors.Contains("matches no streams", StringComparison.Ordinal))
                throw new InvalidRequestException("voice_without_sound", field, "The file holds no sound.", "Use a recording of a voice: WAV, MP3, FLAC, OGG or M4A.");
            if (result.ExitCode != 0)
                throw new InvalidRequestException("voice_undecodable", field, "The voice is damaged and cannot be decoded.", "Open it in an audio program and save it anew as WAV.");
            var wav = WavFile.Read(target);
            var facts = new VoiceFacts(wav.SamplesAt16K, wav.SpeechAt16K(target));
            CheckLength(facts, field);
            done = true;
            return facts;
        }
        catch (TimeoutException)
        {
            throw new InvalidRequestException("voice_undecodable", field, $"The voice could not be decoded within {_limit.TotalSeconds:0} s.", "Save it anew as WAV.");
        }
        finally
        {
            if (!done)
                File.Delete(target);
        }
    }

    private static async Task<string> IdentifyAsync(string source, string field, CancellationToken cancellationToken)
    {
        var start = new byte[16];
        await using var stream = File.OpenRead(source);
        var read = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        return read == 0
            ? throw new InvalidRequestException("voice_empty", field, "The voice is empty (0 bytes).", "Choose the file again; an upload may have been cut off.")
            : Demuxer(start.AsSpan(0, read)) ?? throw new InvalidRequestException("voice_not_supported", field, "This is not a sound file we can read.", "Use a WAV, MP3, FLAC, OGG or M4A.");
    }

    /// <summary>The one demuxer of ffmpeg that may open a file that starts like this; null for what we do not take.</summary>
    private static string? Demuxer(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("RIFF"u8) && start.Length >= 12 && start[8..].StartsWith("WAVE"u8))
            return "wav";
        if (start.StartsWith("fLaC"u8))
            return "flac";
        if (start.StartsWith("OggS"u8))
            return "ogg";
        if (start.Length >= 8 && start[4..].StartsWith("ftyp"u8))
            return "mov";
        // A tag, or the sync word of layer III; layer 0 would be raw AAC.
        var frame = start.Length >= 2 && start[0] == 0xFF && (start[1] & 0xE6) == 0xE2;
        return frame || start.StartsWith("ID3"u8) ? "mp3" : null;
    }

    private static string[] Arguments(string demuxer, string source, string target) =>
    [
        .. MediaProgram.Convert,
        // A second more than allowed tells "too long" without decoding hours of it.
        "-t", (MaxLength + TimeSpan.FromSeconds(1)).TotalSeconds.ToString(CultureInfo.InvariantCulture),
        .. MediaProgram.Input(demuxer, source),
        "-map", "0:a:0", "-map_metadata", "-1", "-map_chapters", "-1",
        // The nearest rate of these is taken. None is below 16 kHz, so that padding can hit every length at 16 kHz.
        "-af", "aformat=sample_fmts=s16:sample_rates=16000|22050|24000|32000|44100|48000:channel_layouts=mono|stereo",
        "-c:a", "pcm_s16le", "-bitexact", "-f", "wav", $"file:{target}",
    ];

    private static void CheckLength(VoiceFacts facts, string field)
    {
        if (facts.Samples == 0)
            throw new InvalidRequestException("voice_empty", field, "The voice holds no sound (0 samples).", "Record it again.");
        if (facts.Seconds <= TooShort.TotalSeconds)
            throw new InvalidRequestException("voice_too_short", field, FormattableString.Invariant($"The voice is {facts.Seconds:0.00} s long; it takes more than {TooShort.TotalSeconds} s."), "Use a longer recording, or add silence at its end.");
        if (facts.Seconds > MaxLength.TotalSeconds)
            throw new InvalidRequestException("voice_too_long", field, $"The voice is longer than {MaxLength.TotalMinutes:0} minutes.", "Cut it; a video has at most 40 s of speech.");
    }
}

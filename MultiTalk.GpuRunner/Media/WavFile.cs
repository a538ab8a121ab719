using System.Buffers.Binary;
using System.Runtime.InteropServices;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Media;

/// <summary>A 16-bit PCM WAV as <see cref="VoiceNormalizer"/> writes it: header, format, samples, nothing else.</summary>
/// <param name="SampleRate">Hertz.</param>
/// <param name="Channels">1 or 2.</param>
/// <param name="Length">Samples of each channel.</param>
internal sealed record WavFile(int SampleRate, int Channels, long Length)
{
    // "RIFF" size "WAVE" · "fmt " 16 kind channels rate bytes/s block bits · "data" size
    private const int HeaderBytes = 44;

    private int BlockBytes => Channels * sizeof(short);

    /// <summary>Length at 16 kHz, as librosa resamples: rounded up.</summary>
    public long SamplesAt16K => ((Length * VoiceFacts.SampleRate) + SampleRate - 1) / SampleRate;

    /// <summary>Reads the header.</summary>
    /// <exception cref="InvalidDataException">The file is of another kind.</exception>
    public static WavFile Read(string path)
    {
        using var stream = File.OpenRead(path);
        var header = new byte[HeaderBytes];
        if (stream.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes
            || !header.AsSpan().StartsWith("RIFF"u8) || !header.AsSpan(8).StartsWith("WAVEfmt "u8) || !header.AsSpan(36).StartsWith("data"u8)
            || BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(34)) != 16)
        {
            throw new InvalidDataException($"{path} is no 16-bit WAV of ours.");
        }

        var file = new WavFile((int)BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(24)), BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(22)), 0);
        return file with { Length = (stream.Length - HeaderBytes) / file.BlockBytes };
    }

    /// <summary>
    /// How much of the voice comes before the silence at its end, at 16 kHz: up to the last window of 20 ms that is louder than
    /// <see cref="VoiceFacts.SilenceDbfs"/>, by its mean power over all channels.
    /// </summary>
    public long SpeechAt16K(string path)
    {
        var window = SampleRate / 50 * Channels;
        var buffer = new byte[window * sizeof(short)];
        var quiet = Math.Pow(10, VoiceFacts.SilenceDbfs / 10) * short.MaxValue * short.MaxValue;
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        stream.Position = HeaderBytes;
        long end = 0, position = 0;
        for (int read; (read = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)) > 0; position += read)
        {
            var power = 0.0;
            foreach (var sample in MemoryMarshal.Cast<byte, short>(buffer.AsSpan(0, read / sizeof(short) * sizeof(short))))
                power += (double)sample * sample;
            if (power > quiet * (read / sizeof(short)))
                end = position + read;
        }

        return Math.Min(SamplesAt16K, ((end / BlockBytes * VoiceFacts.SampleRate) + SampleRate - 1) / SampleRate);
    }

    /// <summary>Gives the voice this length at 16 kHz: silence is added at its end, or the end is cut off.</summary>
    /// <remarks>Rounding down hits the length exactly, because no normalised voice has a rate below 16 kHz.</remarks>
    public static void Fit(string path, long samplesAt16K)
    {
        var file = Read(path);
        if (samplesAt16K == file.SamplesAt16K)
            return;

        using var stream = File.OpenWrite(path);
        var bytes = samplesAt16K * file.SampleRate / VoiceFacts.SampleRate * file.BlockBytes;
        stream.SetLength(HeaderBytes + bytes);
        WriteUInt32(stream, 4, HeaderBytes - 8 + bytes);
        WriteUInt32(stream, 40, bytes);
    }

    private static void WriteUInt32(FileStream stream, long position, long value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, checked((uint)value));
        stream.Position = position;
        stream.Write(bytes);
    }
}

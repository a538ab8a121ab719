using System.Buffers.Binary;
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

    /// <summary>Adds silence until the voice has this length at 16 kHz; a longer voice stays as it is.</summary>
    /// <remarks>Rounding down hits the length exactly, because no normalised voice has a rate below 16 kHz.</remarks>
    public static void Pad(string path, long samplesAt16K)
    {
        var file = Read(path);
        var length = samplesAt16K * file.SampleRate / VoiceFacts.SampleRate;
        if (length <= file.Length)
            return;

        using var stream = File.OpenWrite(path);
        var bytes = length * file.BlockBytes;
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

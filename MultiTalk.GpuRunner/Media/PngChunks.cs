using System.Buffers.Binary;

namespace MultiTalk.GpuRunner.Media;

/// <summary>Walks the chunks of a PNG: length, name, content, checksum. Stops before the first that is cut off.</summary>
/// <param name="file">The file, signature included.</param>
internal ref struct PngChunks(ReadOnlySpan<byte> file)
{
    /// <summary>Bytes before the first chunk.</summary>
    public const int SignatureLength = 8;

    private const int FrameLength = 12;

    private ReadOnlySpan<byte> _rest = file[SignatureLength..];

    /// <summary>All bytes of the current chunk.</summary>
    public ReadOnlySpan<byte> Whole { get; private set; }

    /// <summary>Four letters.</summary>
    public readonly ReadOnlySpan<byte> Name => Whole.Slice(4, 4);

    /// <summary>What it carries.</summary>
    public readonly ReadOnlySpan<byte> Content => Whole[8..^4];

    /// <summary>Goes to the next chunk; false if there is none.</summary>
    public bool Next()
    {
        if (_rest.Length < FrameLength || BinaryPrimitives.ReadUInt32BigEndian(_rest) is var length && length > _rest.Length - FrameLength)
            return false;
        Whole = _rest[..(FrameLength + (int)length)];
        _rest = _rest[Whole.Length..];
        return true;
    }
}

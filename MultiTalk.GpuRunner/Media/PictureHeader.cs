using System.Buffers.Binary;

namespace MultiTalk.GpuRunner.Media;

/// <summary>
/// What a picture file says about itself, read without decoding a pixel: so a picture that would fill the memory is
/// refused first, and a rotation is applied the same way by every version of ffmpeg.
/// </summary>
/// <param name="Demuxer">The one demuxer of ffmpeg that may open it.</param>
/// <param name="Width">Pixels as stored; 0 if the header is damaged.</param>
/// <param name="Height">Pixels as stored; 0 if the header is damaged.</param>
/// <param name="Orientation">1 to 8 as EXIF numbers them; 1 is upright.</param>
/// <param name="Complete">Whether the file reaches its own end mark. Decoders forgive a missing end; we do not.</param>
internal sealed record PictureHeader(string Demuxer, int Width, int Height, int Orientation, bool Complete)
{
    /// <summary>The demuxer of PNGs.</summary>
    public const string Png = "png_pipe";

    // Of an extended WebP's first byte.
    private const int AnimationFlag = 0x02;

    /// <summary>Whether it is a WebP of several frames. An animated PNG holds a still picture for whoever wants no other.</summary>
    public bool Animated { get; init; }

    /// <summary>Reads a header; null if the file is no PNG, JPEG or WebP.</summary>
    public static PictureHeader? Parse(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith<byte>([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
            return ParsePng(file);
        if (file.StartsWith<byte>([0xFF, 0xD8, 0xFF]))
            return ParseJpeg(file);
        return file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8) ? ParseWebP(file) : null;
    }

    private static PictureHeader ParsePng(ReadOnlySpan<byte> file)
    {
        var header = new PictureHeader(Png, 0, 0, 1, false);
        for (var chunks = new PngChunks(file); chunks.Next();)
        {
            var name = chunks.Name;
            var content = chunks.Content;
            if (name.SequenceEqual("IHDR"u8) && content.Length >= 8)
                header = header with { Width = Size(BinaryPrimitives.ReadUInt32BigEndian(content)), Height = Size(BinaryPrimitives.ReadUInt32BigEndian(content[4..])) };
            else if (name.SequenceEqual("eXIf"u8))
                header = header with { Orientation = ExifOrientation.Read(content) };
            else if (name.SequenceEqual("IEND"u8))
                return header with { Complete = true };
        }

        return header;
    }

    private static PictureHeader ParseJpeg(ReadOnlySpan<byte> file)
    {
        var header = new PictureHeader("jpeg_pipe", 0, 0, 1, false);
        // A segment: 0xFF, its kind, its length (itself included), content; until the first scan.
        for (var rest = file[2..]; rest.Length >= 4 && rest[0] == 0xFF;)
        {
            var kind = rest[1];
            if (kind == 0xFF)
            {
                rest = rest[1..];
                continue;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
            if (length < 2 || length > rest.Length - 2)
                break;
            var content = rest.Slice(4, length - 2);
            if (kind is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC) && content.Length >= 5)
                header = header with { Height = BinaryPrimitives.ReadUInt16BigEndian(content[1..]), Width = BinaryPrimitives.ReadUInt16BigEndian(content[3..]) };
            else if (kind == 0xE1 && content.StartsWith("Exif\0\0"u8))
                header = header with { Orientation = ExifOrientation.Read(content[6..]) };
            rest = rest[(2 + length)..];
            // Inside a scan 0xFF is always stuffed, so the end mark can be nothing else.
            if (kind == 0xDA)
                return header with { Complete = rest.IndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) >= 0 };
        }

        return header;
    }

    private static PictureHeader ParseWebP(ReadOnlySpan<byte> file)
    {
        var header = new PictureHeader("webp_pipe", 0, 0, 1, BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) <= file.Length - 8);
        // A chunk: name, length, content, a byte of padding if the length is odd.
        for (var rest = file[12..]; rest.Length >= 8;)
        {
            var length = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]), (uint)(rest.Length - 8));
            var name = rest[..4];
            var content = rest.Slice(8, length);
            if (name.SequenceEqual("EXIF"u8))
                header = header with { Orientation = ExifOrientation.Read(content.StartsWith("Exif\0\0"u8) ? content[6..] : content) };
            else if (name.SequenceEqual("VP8X"u8) && length > 0 && (content[0] & AnimationFlag) != 0)
                return header with { Animated = true };
            else if (WebPSize(name, content) is (var width, var height) && (long)width * height > (long)header.Width * header.Height)
                header = header with { Width = width, Height = height };
            rest = rest[Math.Min(rest.Length, 8 + length + (length & 1))..];
        }

        return header;
    }

    private static (int Width, int Height)? WebPSize(ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
    {
        if (content.Length < 10)
            return null;
        if (name.SequenceEqual("VP8X"u8))
            return (1 + (content[4] | (content[5] << 8) | (content[6] << 16)), 1 + (content[7] | (content[8] << 8) | (content[9] << 16)));
        if (name.SequenceEqual("VP8 "u8))
            return (BinaryPrimitives.ReadUInt16LittleEndian(content[6..]) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(content[8..]) & 0x3FFF);
        if (!name.SequenceEqual("VP8L"u8))
            return null;
        var bits = BinaryPrimitives.ReadUInt32LittleEndian(content[1..]);
        return (1 + (int)(bits & 0x3FFF), 1 + (int)((bits >> 14) & 0x3FFF));
    }

    // PNG allows up to 2³¹−1; more is damage.
    private static int Size(uint value) => value <= int.MaxValue ? (int)value : 0;
}

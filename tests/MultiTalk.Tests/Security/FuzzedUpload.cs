using System.Buffers.Binary;
using System.Text;
using CsCheck;

namespace MultiTalk.Tests.Security;

/// <summary>A picture and a voice of which at least one is not what it says.</summary>
/// <param name="Image">The picture.</param>
/// <param name="Voice">The voice.</param>
/// <param name="Name">What the client calls both.</param>
internal sealed record FuzzedUpload(byte[] Image, byte[] Voice, string Name)
{
    private static readonly byte[] _picture = File.ReadAllBytes(Samples.Path("portrait.png"));
    private static readonly byte[] _voice = Tone(seconds: 3);

    private static readonly string[] _names =
        ["portrait.png", "../../etc/passwd", "-i", "a\0b.png", "x.m3u8", "concat:a|b", "file:///etc/passwd", "😀.wav", new('n', 300), "CON", "a;b\"c.png"];

    // What ffmpeg would follow, what a browser would run, and what unpacks to much.
    private static readonly byte[][] _foreign =
    [
        "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1.0\nfile:///etc/passwd\n"u8.ToArray(),
        "ffconcat version 1.0\nfile '/etc/passwd'\n"u8.ToArray(),
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"file:///etc/passwd\"/></svg>"u8.ToArray(),
        "<html><script>alert(1)</script></html>"u8.ToArray(),
        "%PDF-1.7\n%%EOF"u8.ToArray(), "GIF89a\x01\0\x01\0\0\0\0;"u8.ToArray(), "PK\u0003\u0004"u8.ToArray(), "#!/bin/sh\nid\n"u8.ToArray(), "fLaC"u8.ToArray(), "OggS"u8.ToArray(), "ID3\u0004"u8.ToArray(),
        "RIFF\xff\xff\xff\xffWAVE"u8.ToArray(), "RIFF\0\0\0\0WEBPVP8 "u8.ToArray(), [0xFF, 0xD8, 0xFF, 0xE0], [0, 0, 0, 24, .. "ftypM4A "u8], [], [0],
    ];

    /// <summary>Such uploads; now and then one that is fine.</summary>
    public static Gen<FuzzedUpload> Gen { get; } = CsCheck.Gen.Frequency<(byte[], byte[])>(
        (1, CsCheck.Gen.Const((_picture, _voice))),
        (6, Mutated(_picture).Select(picture => (picture, _voice))),
        (6, Mutated(_voice).Select(voice => (_picture, voice))),
        (1, CsCheck.Gen.Const((_voice, _picture))))
        .SelectMany(files => CsCheck.Gen.OneOf<string>(_names).Select(name => new FuzzedUpload(files.Item1, files.Item2, name)));

    /// <summary>The form as it is sent.</summary>
    public MultipartFormDataContent Form()
    {
        var form = new MultipartFormDataContent { { new StringContent(Samples.Prompt), "prompt" } };
        Add("image", Image);
        Add("voice1", Voice);
        return form;

        void Add(string part, byte[] bytes)
        {
            var content = new ByteArrayContent(bytes);
            content.Headers.TryAddWithoutValidation("Content-Disposition", $"form-data; name={part}; filename*=UTF-8''{Uri.EscapeDataString(Name)}");
            form.Add(content);
        }
    }

    private static Gen<byte[]> Mutated(byte[] original) => CsCheck.Gen.OneOf<byte[]>(
        // Cut off.
        CsCheck.Gen.Int[0, original.Length - 1].Select(length => original[..length]),
        // Bytes that flipped: anywhere, and in the header.
        CsCheck.Gen.Select(CsCheck.Gen.Int[0, original.Length - 1], CsCheck.Gen.Byte).Array[1, 40].Select(changes => With(original, changes)),
        CsCheck.Gen.Select(CsCheck.Gen.Int[0, 63], CsCheck.Gen.Byte).Array[1, 8].Select(changes => With(original, changes)),
        // A number in the header that is huge.
        CsCheck.Gen.Select(CsCheck.Gen.Int[4, 44], CsCheck.Gen.OneOf<uint>(uint.MaxValue, 0u, 0x7FFFFFFFu, 0x10000u), (at, value) => With(original, at, value)),
        // A stretch that is missing, twice, or from elsewhere.
        CsCheck.Gen.Select(CsCheck.Gen.Int[0, original.Length - 1], CsCheck.Gen.Int[0, original.Length - 1], (a, b) => (byte[])[.. original[..a], .. original[b..]]),
        // Something else altogether, before, behind or instead.
        CsCheck.Gen.OneOf<byte[]>(_foreign),
        CsCheck.Gen.OneOf<byte[]>(_foreign).Select(other => (byte[])[.. other, .. original]),
        CsCheck.Gen.OneOf<byte[]>(_foreign).Select(other => (byte[])[.. original, .. other]),
        CsCheck.Gen.Select(CsCheck.Gen.OneOf<byte[]>(_foreign), CsCheck.Gen.Int[1, 64], (other, at) => (byte[])[.. original[..at], .. other, .. original[at..]]),
        CsCheck.Gen.Byte.Array[0, 5000]);

    private static byte[] With(byte[] original, (int At, byte Value)[] changes)
    {
        var bytes = original.ToArray();
        foreach (var (at, value) in changes)
            bytes[at] = value;
        return bytes;
    }

    private static byte[] With(byte[] original, int at, uint value)
    {
        var bytes = original.ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), value);
        return bytes;
    }

    // 16 kHz, one channel, 16 bits.
    private static byte[] Tone(int seconds)
    {
        const int Rate = 16_000;
        var samples = Enumerable.Range(0, Rate * seconds).SelectMany(at => BitConverter.GetBytes((short)(8000 * Math.Sin(at * 0.17)))).ToArray();
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file, Encoding.ASCII);
        writer.Write("RIFF"u8);
        writer.Write(36 + samples.Length);
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)1);
        writer.Write((short)1);
        writer.Write(Rate);
        writer.Write(Rate * 2);
        writer.Write((short)2);
        writer.Write((short)16);
        writer.Write("data"u8);
        writer.Write(samples.Length);
        writer.Write(samples);
        return file.ToArray();
    }
}

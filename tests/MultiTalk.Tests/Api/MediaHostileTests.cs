using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using MultiTalk.Tests.Media;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Api;

public sealed class MediaHostileTests : IAsyncLifetime
{
    private static readonly byte[] _portrait = File.ReadAllBytes(Samples.Path("portrait.png"));
    private static readonly byte[] _voice = File.ReadAllBytes(Samples.Path("voice.wav"));

    private readonly QueueOnlyWeb _web = new();
    private readonly string _owner = Guid.NewGuid().ToString("n");

    public static TheoryData<string, string, byte[]> NoMedia { get; } = new()
    {
        { "image", "image_empty", [] },
        { "image", "image_not_supported", Text("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n") },
        { "image", "image_not_supported", Text("ffconcat version 1.0\nfile /etc/passwd\n") },
        { "image", "image_not_supported", Text("<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>") },
        { "image", "image_not_supported", [.. "GIF89a"u8, .. new byte[100]] },
        { "image", "image_not_supported", _voice },
        { "image", "image_not_supported", [0, 0, 0, 24, .. "ftypmp42"u8, .. new byte[100]] },
        { "image", "image_undecodable", _portrait[..100] },
        { "image", "image_undecodable", _portrait[..^20] },
        // A signature, and then something else.
        { "image", "image_undecodable", [.. _portrait.AsSpan(0, 33), .. "\n#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"u8] },
        { "image", "image_undecodable", [.. _portrait.AsSpan(0, 33), .. "\nffconcat version 1.0\nfile /etc/passwd\n"u8] },
        { "image", "image_too_large", Bomb(30_000, 30_000) },
        { "image", "image_too_large", Bomb(int.MaxValue, int.MaxValue) },
        { "voice", "voice_empty", [] },
        { "voice", "voice_not_supported", Text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n") },
        { "voice", "voice_not_supported", Text("ffconcat version 1.0\nfile /etc/passwd\n") },
        { "voice", "voice_not_supported", _portrait },
        { "voice", "voice_undecodable", [.. "RIFF\0\0\0\0WAVE"u8, .. "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"u8] },
        { "voice", "voice_undecodable", [.. "ID3\u0004\0\0\0\0\0\0"u8, .. "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"u8] },
        { "voice", "voice_undecodable", _voice[..20] },
    };

    [Theory(Timeout = 120_000)]
    [MemberData(nameof(NoMedia))]
    public async Task What_is_no_media_is_refused_with_its_code_and_leaves_nothing(string part, string code, byte[] bytes)
    {
        using var client = await _web.ClientAsync(_owner);
        var before = await LeftAsync();

        using var asForm = await client.PostAsync(MediaApi.Root, new MultipartFormDataContent { { new ByteArrayContent(bytes), part, "a.png" } }, TestContext.Current.CancellationToken);
        using var asBytes = await client.PostAsync(MediaApi.Root, MediaUploadTests.Bytes(bytes, part == "image" ? "image/png" : "audio/wav"), TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (asForm.StatusCode, asBytes.StatusCode));
        Assert.Equal((code, code), (await asForm.ProblemCodeAsync(), await asBytes.ProblemCodeAsync()));
        Assert.Equal(before, await LeftAsync());
    }

    [Theory(Timeout = 120_000)]
    [InlineData("-f lavfi -i testsrc=duration=1:size=128x128:rate=5 -c:v mpeg4", "a.mp4", "voice_without_sound")]
    [InlineData("-f lavfi -i sine=duration=1 -f hls", "a.m3u8", "voice_not_supported")]
    public async Task A_film_or_a_real_playlist_is_no_voice(string arguments, string name, string code)
    {
        using var directory = new TempDirectory();
        await Ffmpeg.MakeAsync(arguments, directory[name]);
        using var client = await _web.ClientAsync(_owner);

        using var response = await client.PostAsync(
            MediaApi.Root, MediaUploadTests.Bytes(await File.ReadAllBytesAsync(directory[name], TestContext.Current.CancellationToken), "audio/wav"), TestContext.Current.CancellationToken);

        Assert.Equal(code, await response.ProblemCodeAsync());
    }

    [Theory(Timeout = 120_000)]
    [InlineData("text/plain", "", "media_type_unknown")]
    [InlineData("application/octet-stream", "", "media_type_unknown")]
    [InlineData("multipart/form-data", "", "form_expected")]
    [InlineData("multipart/form-data; boundary=b", "--b--\r\n", "media_missing")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"film\"\r\n\r\nx\r\n--b--\r\n", "part_unknown")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\nx\r\n--b--\r\n", "part_repeated")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\nx", "form_malformed")]
    public async Task What_is_no_upload_is_refused(string type, string body, string code)
    {
        using var client = await _web.ClientAsync(_owner);
        var before = await LeftAsync();

        using var response = await client.PostAsync(MediaApi.Root, MediaUploadTests.Bytes(Text(body), type), TestContext.Current.CancellationToken);

        Assert.Equal(code, await response.ProblemCodeAsync());
        Assert.Equal(before, await LeftAsync());
    }

    [Theory(Timeout = 120_000)]
    [InlineData("image", 32)]
    [InlineData("voice", 200)]
    public async Task Too_many_bytes_are_refused_while_they_arrive(string part, int megabytes)
    {
        using var client = await _web.ClientAsync(_owner);
        var before = await LeftAsync();
        using var bytes = new Zeros(((long)megabytes << 20) + 1);
        using var form = new MultipartFormDataContent { { new StreamContent(bytes), part, "a" } };

        using var response = await client.PostAsync(MediaApi.Root, form, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("upload_too_large", await response.ProblemCodeAsync());
        Assert.Equal(before, await LeftAsync());
    }

    [Theory(Timeout = 120_000)]
    [InlineData("image/png", "")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\n")]
    public async Task An_upload_that_is_cut_off_leaves_nothing(string type, string start)
    {
        using var key = await _web.ClientAsync(_owner);
        var before = await LeftAsync();
        var scratch = Path.Combine(_web.Data, "media", "incoming");
        using var socket = new TcpClient();
        await socket.ConnectAsync(_web.Address.Host, _web.Address.Port, TestContext.Current.CancellationToken);
        using var watcher = new FileSystemWatcher(scratch) { NotifyFilter = NotifyFilters.DirectoryName };
        var arrived = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Created += (_, created) => arrived.TrySetResult(created.FullPath);
        watcher.EnableRaisingEvents = true;

        await socket.GetStream().WriteAsync(
            (byte[])
            [
                .. Text($"POST {MediaApi.Root} HTTP/1.1\r\nHost: a\r\nAuthorization: {key.DefaultRequestHeaders.Authorization}\r\nContent-Type: {type}\r\nContent-Length: {_portrait.Length + 1_000}\r\n\r\n{start}"),
                .. _portrait.AsSpan(0, _portrait.Length / 2),
            ],
            TestContext.Current.CancellationToken);
        var directory = await arrived.Task.WaitAsync(TestContext.Current.CancellationToken);
        socket.Close();

        await Eventually.GoneAsync(directory);
        Assert.Equal(before, await LeftAsync());
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _web.DisposeAsync();

    // All files, and all keys but those of access.
    private async Task<string> LeftAsync()
    {
        var redis = _web.Services.GetRequiredService<RedisConnection>();
        List<string> left = [.. Directory.EnumerateFileSystemEntries(Path.Combine(_web.Data, "media"), "*", SearchOption.AllDirectories)];
        await foreach (var key in redis.Multiplexer.GetServers()[0].KeysAsync(pattern: "{mt}:media*"))
            left.Add(key.ToString());
        return string.Join('\n', left.Order(StringComparer.Ordinal));
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    // A PNG whose header announces far more than it holds.
    private static byte[] Bomb(int width, int height)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 2);
        using var lines = new MemoryStream();
        using (var zip = new ZLibStream(lines, CompressionLevel.SmallestSize, leaveOpen: true))
            zip.Write(new byte[1 << 20]);
        return [.. _portrait.AsSpan(0, 8), .. Chunk("IHDR", header), .. Chunk("IDAT", lines.ToArray()), .. Chunk("IEND", [])];
    }

    private static byte[] Chunk(string type, byte[] data)
    {
        var chunk = new byte[data.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        Encoding.ASCII.GetBytes(type).CopyTo(chunk, 4);
        data.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(data.Length + 8), Crc(chunk.AsSpan(4, data.Length + 4)));
        return chunk;
    }

    // https://www.w3.org/TR/png-3/#5CRC-algorithm
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 1 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }

    /// <summary>So many zeros, of which none are kept.</summary>
    private sealed class Zeros(long length) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, length - Position);
            buffer.AsSpan(offset, read).Clear();
            Position += read;
            return read;
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

using MultiTalk.GpuRunner.Generation;
using MultiTalk.GpuRunner.Media;

namespace MultiTalk.Tests.Media;

public sealed class PictureNormalizerTests : IDisposable
{
    // Red and green above, blue and white below.
    private const string Quadrants = "color=red:s=64x48[a];color=lime:s=64x48[b];color=blue:s=64x48[c];color=white:s=64x48[d];[a][b]hstack[x];[c][d]hstack[y];[x][y]vstack";

    private readonly TempDirectory _directory = new();

    private string Target => _directory["out.png"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, "RGBW")]
    [InlineData(2, "GRWB")]
    [InlineData(3, "WBGR")]
    [InlineData(4, "BWRG")]
    [InlineData(5, "RBGW")]
    [InlineData(6, "BRWG")]
    [InlineData(7, "WGBR")]
    [InlineData(8, "GWRB")]
    public async Task A_jpeg_is_turned_upright_as_its_camera_was_held(int orientation, string corners)
    {
        await Ffmpeg.PictureAsync(Quadrants, _directory["plain.jpg"], "-pix_fmt yuvj444p -q:v 2");
        foreach (var bigEndian in new[] { true, false })
        {
            var source = _directory.Write("turned.jpg", WithOrientation(await File.ReadAllBytesAsync(_directory["plain.jpg"], Cancellation), orientation, bigEndian));

            var facts = await PictureNormalizer.NormalizeAsync(source, "image", Target, Cancellation);

            Assert.Equal(orientation >= 5 ? new PictureFacts(96, 128) : new PictureFacts(128, 96), facts);
            Assert.Equal(corners, Corners(await Ffmpeg.PixelsAsync(Target), facts));
        }
    }

    [Fact]
    public async Task Transparency_is_flattened_on_white()
    {
        await Ffmpeg.PictureAsync("color=black@0.0:s=64x64,format=rgba", _directory["clear.png"]);
        await PictureNormalizer.NormalizeAsync(_directory["clear.png"], "image", Target, Cancellation);
        Assert.All(await Ffmpeg.PixelsAsync(Target), value => Assert.Equal(255, value));

        await Ffmpeg.PictureAsync("color=red@0.5:s=64x64,format=rgba", _directory["half.png"]);
        await PictureNormalizer.NormalizeAsync(_directory["half.png"], "image", Target, Cancellation);
        var pixels = await Ffmpeg.PixelsAsync(Target);
        Assert.InRange(pixels[0], 252, 255);
        Assert.InRange(pixels[1], 125, 130);
    }

    [Theory]
    [InlineData("rgb24")]
    [InlineData("rgba")]
    [InlineData("gray")]
    [InlineData("rgb48be")]
    [InlineData("pal8")]
    public async Task An_opaque_picture_keeps_every_pixel(string format)
    {
        await Ffmpeg.PictureAsync("testsrc2=s=160x96", _directory["in.png"], $"-pix_fmt {format}");

        await PictureNormalizer.NormalizeAsync(_directory["in.png"], "image", Target, Cancellation);

        Assert.Equal(await Ffmpeg.PixelsAsync(_directory["in.png"]), await Ffmpeg.PixelsAsync(Target));
        Assert.Equal(["codec_name=png", "width=160", "height=96", "pix_fmt=rgb24"], await Ffmpeg.FieldsAsync(Target, "codec_name,width,height,pix_fmt"));
    }

    [Theory]
    [InlineData("lossy.webp", "-lossless 0")]
    [InlineData("lossless.webp", "-lossless 1")]
    [InlineData("alpha.webp", "-lossless 1 -pix_fmt bgra")]
    [InlineData("progressive.jpg", "-huffman optimal")]
    public async Task Other_formats_are_taken_whatever_the_name(string name, string encoding)
    {
        await Ffmpeg.PictureAsync("testsrc2=s=200x120", _directory[name], encoding);
        File.Move(_directory[name], _directory["picture.txt"]);

        Assert.Equal(new(200, 120), await PictureNormalizer.NormalizeAsync(_directory["picture.txt"], "image", Target, Cancellation));
    }

    [Theory]
    [InlineData("")]
    [InlineData("image_not_supported", "This is a text.")]
    [InlineData("image_not_supported", "ffconcat version 1.0\nfile /etc/hostname\n")]
    [InlineData("image_not_supported", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://localhost/a.ts\n")]
    [InlineData("image_not_supported", "<svg xmlns='http://www.w3.org/2000/svg'/>")]
    [InlineData("image_not_supported", "GIF89a")]
    public async Task What_is_no_picture_is_refused(string code, string content = "") =>
        await RefusedAsync(_directory.Write("picture.png", content), code.Length == 0 ? "image_empty" : code);

    [Theory]
    [InlineData("a.png", "")]
    [InlineData("a.jpg", "")]
    [InlineData("a.webp", "-lossless 0")]
    [InlineData("b.webp", "-lossless 1")]
    public async Task A_truncated_picture_is_refused_wherever_it_ends(string name, string encoding)
    {
        await Ffmpeg.PictureAsync("testsrc2=s=160x120", _directory["whole" + name], encoding);
        var whole = await File.ReadAllBytesAsync(_directory["whole" + name], Cancellation);
        foreach (var length in (int[])[13, 40, whole.Length / 4, whole.Length / 2, whole.Length * 9 / 10, whole.Length - 13, whole.Length - 2])
            await RefusedAsync(_directory.Write(name, whole[..length]), "image_undecodable");
    }

    [Theory]
    [InlineData("png")]
    [InlineData("jpg")]
    public async Task A_picture_over_50_megapixels_is_refused_before_it_is_decoded(string format)
    {
        await Ffmpeg.PictureAsync("color=gray:s=8000x6300", _directory["huge." + format]);
        var before = TimeProvider.System.GetTimestamp();
        await RefusedAsync(_directory["huge." + format], "image_too_large");
        Assert.True(TimeProvider.System.GetElapsedTime(before) < TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_header_that_was_changed_is_refused()
    {
        await Ffmpeg.PictureAsync("testsrc2=s=640x480", _directory["in.png"]);
        var bytes = await File.ReadAllBytesAsync(_directory["in.png"], Cancellation);
        // The width, high byte first: 640 becomes 128, so the checksum no longer fits.
        (bytes[18], bytes[19]) = (0, 128);
        await RefusedAsync(_directory.Write("liar.png", bytes), "image_undecodable");
    }

    [Fact]
    public async Task A_large_frame_behind_a_small_header_is_refused()
    {
        await Ffmpeg.PictureAsync("color=gray:s=8000x6300", _directory["huge.webp"], "-lossless 1");
        var frame = (await File.ReadAllBytesAsync(_directory["huge.webp"], Cancellation)).AsSpan(12);
        // An extended header that speaks of 100 × 100, before the real frame.
        byte[] header = [.. "VP8X"u8, 10, 0, 0, 0, 0, 0, 0, 0, 99, 0, 0, 99, 0, 0];
        var length = BitConverter.GetBytes(4 + header.Length + frame.Length);
        await RefusedAsync(_directory.Write("liar.webp", [.. "RIFF"u8, .. length, .. "WEBP"u8, .. header, .. frame]), "image_too_large");
    }

    // 49.98 megapixels, more than 50 with the padding of ffmpeg's lines.
    [Fact]
    public async Task A_picture_of_just_50_megapixels_and_16_bits_is_taken()
    {
        await Ffmpeg.PictureAsync("color=gray:s=7070x7070", _directory["large.png"], "-pix_fmt rgba64be -compression_level 1");
        Assert.Equal(new(7070, 7070), await PictureNormalizer.NormalizeAsync(_directory["large.png"], "image", Target, Cancellation));
    }

    [Theory]
    [InlineData("zTXt")]
    [InlineData("iCCP")]
    [InlineData("acTL")]
    public async Task What_a_png_carries_beside_its_picture_is_not_read(string name)
    {
        await Ffmpeg.PictureAsync("testsrc2=s=160x96", _directory["plain.png"]);
        var plain = await File.ReadAllBytesAsync(_directory["plain.png"], Cancellation);
        // Right after the header, with a checksum that is wrong: whoever read it would refuse the picture.
        byte[] chunk = [0, 0, 0, 4, .. System.Text.Encoding.ASCII.GetBytes(name), 1, 2, 3, 4, 0, 0, 0, 0];
        var source = _directory.Write("in.png", [.. plain.AsSpan(0, 33), .. chunk, .. plain.AsSpan(33)]);

        await PictureNormalizer.NormalizeAsync(source, "image", Target, Cancellation);

        Assert.Equal(await Ffmpeg.PixelsAsync(_directory["plain.png"]), await Ffmpeg.PixelsAsync(Target));
        Assert.Equal(["in.png", "out.png", "plain.png"], _directory.Names);
    }

    [Fact]
    public async Task An_animated_webp_is_refused_as_such()
    {
        await Ffmpeg.PictureAsync("testsrc2=s=100x100", _directory["still.webp"], "-lossless 1");
        var frame = (await File.ReadAllBytesAsync(_directory["still.webp"], Cancellation)).AsSpan(12);
        byte[] header = [.. "VP8X"u8, 10, 0, 0, 0, 2, 0, 0, 0, 99, 0, 0, 99, 0, 0];
        var length = BitConverter.GetBytes(4 + header.Length + frame.Length);
        await RefusedAsync(_directory.Write("moving.webp", [.. "RIFF"u8, .. length, .. "WEBP"u8, .. header, .. frame]), "image_animated");
    }

    [Theory]
    [InlineData("514x64")]
    [InlineData("64x514")]
    [InlineData("64x65535")]
    public async Task A_narrow_picture_is_refused(string size)
    {
        await Ffmpeg.PictureAsync($"color=gray:s={size}", _directory["narrow.png"]);
        await RefusedAsync(_directory["narrow.png"], "image_too_narrow");
    }

    [Fact]
    public async Task A_picture_eight_times_as_high_as_wide_is_taken()
    {
        await Ffmpeg.PictureAsync("color=gray:s=64x512", _directory["high.png"]);
        Assert.Equal(new(64, 512), await PictureNormalizer.NormalizeAsync(_directory["high.png"], "image", Target, Cancellation));
    }

    [Fact]
    public async Task A_tiny_picture_is_refused()
    {
        await Ffmpeg.PictureAsync("color=gray:s=200x63", _directory["tiny.png"]);
        await RefusedAsync(_directory["tiny.png"], "image_too_small");
    }

    [Fact]
    public async Task A_canceled_conversion_leaves_nothing()
    {
        await Ffmpeg.PictureAsync("testsrc2=s=4000x3000", _directory["in.png"]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PictureNormalizer.NormalizeAsync(_directory["in.png"], "image", Target, new CancellationToken(canceled: true)));
        Assert.Equal(["in.png"], _directory.Names);
    }

    public void Dispose() => _directory.Dispose();

    private async Task RefusedAsync(string source, string code)
    {
        var exception = await Assert.ThrowsAsync<InvalidRequestException>(() => PictureNormalizer.NormalizeAsync(source, "image", Target, Cancellation));
        var problem = Assert.Single(exception.Problems);
        Assert.Equal((code, "image"), (problem.Code, problem.Field));
        Assert.NotEmpty(problem.Remedy);
        Assert.False(File.Exists(Target));
    }

    private static string Corners(byte[] pixels, PictureFacts facts) => string.Concat(
        new[] { (8, 8), (facts.Width - 8, 8), (8, facts.Height - 8), (facts.Width - 8, facts.Height - 8) }.Select(at =>
        {
            var pixel = pixels.AsSpan(3 * ((at.Item2 * facts.Width) + at.Item1), 3);
            return (pixel[0] > 128, pixel[1] > 128, pixel[2] > 128) switch
            {
                (true, false, false) => 'R',
                (false, true, false) => 'G',
                (false, false, true) => 'B',
                (true, true, true) => 'W',
                _ => '?',
            };
        }));

    // An APP1 segment with one entry, right after the start of the file.
    private static byte[] WithOrientation(byte[] jpeg, int orientation, bool bigEndian)
    {
        byte[] tiff = bigEndian
            ? [.. "MM"u8, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0]
            : [.. "II"u8, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0];
        byte[] content = [.. "Exif\0\0"u8, .. tiff];
        return [.. jpeg.AsSpan(0, 2), 0xFF, 0xE1, 0, (byte)(content.Length + 2), .. content, .. jpeg.AsSpan(2)];
    }
}

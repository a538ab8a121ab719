using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Media;

/// <summary>
/// Turns any picture we take into the one kind the script gets: 8-bit RGB PNG, upright, without transparency. Upstream
/// neither rotates by EXIF nor flattens: it would show what colour hides under transparent pixels, often black.
/// </summary>
public static class PictureNormalizer
{
    /// <summary>Most pixels of a picture: 50 megapixels, for which ffmpeg takes about 1 GB of memory; 1.4 GB at 16 bits a channel.</summary>
    public const long MaxPixels = 50_000_000;

    /// <summary>Most bytes of a picture file.</summary>
    public const long MaxBytes = 32L << 20;

    /// <summary>Least pixels of a side; below, there is no face to animate.</summary>
    public const int MinSide = 64;

    /// <summary>Most times that one side may be as long as the other; beyond, the crop to the video's shape leaves a few lines.</summary>
    public const int MaxAspect = 8;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    /// <summary>Writes the normalised picture and measures it. On failure nothing is left at <paramref name="target"/>.</summary>
    /// <param name="source">A PNG, JPEG or WebP, whatever its name.</param>
    /// <param name="field">The part of the request that is blamed, such as <c>image</c>.</param>
    /// <param name="target">Where the PNG is written; an existing file is replaced.</param>
    /// <param name="cancellationToken">Kills the conversion.</param>
    /// <exception cref="InvalidRequestException">
    /// <c>image_empty</c>, <c>image_not_supported</c>, <c>image_animated</c>, <c>image_too_large</c>, <c>image_too_small</c>,
    /// <c>image_too_narrow</c> or <c>image_undecodable</c>.
    /// </exception>
    /// <exception cref="DiskFullException">There is no room at <paramref name="target"/>.</exception>
    /// <exception cref="MissingProgramException">ffmpeg is not installed.</exception>
    public static async Task<PictureFacts> NormalizeAsync(string source, string field, string target, CancellationToken cancellationToken)
    {
        var header = await InspectAsync(source, field, cancellationToken);
        var done = false;
        try
        {
            var result = await MediaGate.RunAsync(() => ConvertAsync(header, source, target, cancellationToken), cancellationToken);
            if (result.ExitCode != 0)
                throw Undecodable(field);
            var facts = await MeasureAsync(target, cancellationToken);
            done = true;
            return facts;
        }
        catch (TimeoutException)
        {
            throw new InvalidRequestException("image_undecodable", field, $"The picture could not be decoded within {_limit.TotalSeconds:0} s.", "Save it anew as PNG or JPEG, smaller if you can.");
        }
        finally
        {
            if (!done)
                File.Delete(target);
        }
    }

    private static async Task<MediaProgramResult> ConvertAsync(PictureHeader header, string source, string target, CancellationToken cancellationToken)
    {
        if (header.Demuxer != PictureHeader.Png)
            return await MediaProgram.RunAsync("ffmpeg", Arguments(header, source, target), _limit, cancellationToken);

        var plain = $"{target}.plain";
        try
        {
            await PlainPng.WriteAsync(source, plain, cancellationToken);
            return await MediaProgram.RunAsync("ffmpeg", Arguments(header, plain, target), _limit, cancellationToken);
        }
        finally
        {
            File.Delete(plain);
        }
    }

    private static async Task<PictureHeader> InspectAsync(string source, string field, CancellationToken cancellationToken)
    {
        var bytes = new FileInfo(source).Length;
        if (bytes == 0)
            throw new InvalidRequestException("image_empty", field, "The picture is empty (0 bytes).", "Choose the file again; an upload may have been cut off.");
        if (bytes > MaxBytes)
            throw new InvalidRequestException("image_too_large", field, $"The picture has {bytes >> 20} MB, more than {MaxBytes >> 20}.", "Save it as JPEG or scale it down.");

        var header = PictureHeader.Parse(await File.ReadAllBytesAsync(source, cancellationToken))
            ?? throw new InvalidRequestException("image_not_supported", field, "This is not a picture we can read.", "Use a PNG, JPEG or WebP.");
        if (header.Animated)
            throw new InvalidRequestException("image_animated", field, "This picture is animated; the video starts from a still one.", "Save one of its frames as PNG or JPEG.");
        if (header.Width == 0 || header.Height == 0)
            throw Undecodable(field);
        if ((long)header.Width * header.Height > MaxPixels)
        {
            throw new InvalidRequestException("image_too_large", field,
                $"The picture has {header.Width} × {header.Height} pixels, more than {MaxPixels / 1_000_000} megapixels.", "Scale it down; the video has less than 1 megapixel.");
        }

        if (Math.Min(header.Width, header.Height) < MinSide)
            throw new InvalidRequestException("image_too_small", field, $"The picture has {header.Width} × {header.Height} pixels.", $"Use one with at least {MinSide} on each side; 640 and more look good.");
        if (Math.Max(header.Width, header.Height) > (long)MaxAspect * Math.Min(header.Width, header.Height))
        {
            throw new InvalidRequestException("image_too_narrow", field,
                $"The picture has {header.Width} × {header.Height} pixels: one side is more than {MaxAspect} times as long as the other.", "Crop it around the face.");
        }

        return header.Complete ? header : throw Undecodable(field);
    }

    private static string[] Arguments(PictureHeader header, string source, string target) =>
    [
        .. MediaProgram.Convert,
        // Damage is an error; what the header hid (a larger frame inside) is caught by max_pixels. That counts padded lines,
        // up to 63 pixels longer: hence the margin over what InspectAsync has checked exactly.
        "-xerror", "-err_detect", "crccheck+explode", "-max_pixels", $"{MaxPixels + (MaxPixels / 16)}", "-noautorotate",
        .. MediaProgram.Input(header.Demuxer, source),
        "-frames:v", "1", "-an", "-sn", "-dn", "-map_metadata", "-1",
        "-vf", string.Join(',', Filters(header.Orientation)),
        // Speed over size: the picture is decoded once or twice and then deleted.
        "-c:v", "png", "-compression_level", "1", "-f", "image2", "-update", "1", $"file:{target}",
    ];

    // Flattened on white: c·a + 255·(1−a) is the negative of (255−c)·a, for which no second picture is needed.
    private static IEnumerable<string> Filters(int orientation) =>
        new[] { "scale=flags=bicubic+accurate_rnd+full_chroma_int", "format=rgba", "format=gbrap", ExifOrientation.Filter(orientation), "negate", "premultiply=inplace=1", "negate", "format=rgb24" }
            .OfType<string>();

    private static async Task<PictureFacts> MeasureAsync(string png, CancellationToken cancellationToken)
    {
        var start = new byte[64];
        await using var stream = File.OpenRead(png);
        await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        var header = PictureHeader.Parse(start) ?? throw new InvalidDataException($"ffmpeg wrote no PNG to {png}.");
        return new(header.Width, header.Height);
    }

    private static InvalidRequestException Undecodable(string field) =>
        new("image_undecodable", field, "The picture is damaged or incomplete and cannot be decoded.", "Open it in an image program and save it anew as PNG or JPEG.");
}

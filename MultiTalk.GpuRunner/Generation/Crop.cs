namespace MultiTalk.GpuRunner.Generation;

/// <summary>How the picture becomes the video: scaled to cover it, and cut in the middle, as upstream does.</summary>
/// <param name="Width">Pixels of the video.</param>
/// <param name="Height">Pixels of the video.</param>
/// <param name="ScaledWidth">Pixels of the picture after scaling.</param>
/// <param name="ScaledHeight">Pixels of the picture after scaling.</param>
/// <param name="Left">Columns that are cut off on the left.</param>
/// <param name="Top">Rows that are cut off at the top.</param>
/// <param name="PictureWidth">Pixels of the picture before scaling.</param>
/// <param name="PictureHeight">Pixels of the picture before scaling.</param>
public sealed record Crop(int Width, int Height, int ScaledWidth, int ScaledHeight, int Left, int Top, int PictureWidth, int PictureHeight)
{
    /// <summary>Share of the picture that is not in the video, 0 to 1.</summary>
    public double Lost => Math.Round(1 - ((double)Width * Height / ((double)ScaledWidth * ScaledHeight)), 4);

    /// <summary>The crop of a picture.</summary>
    /// <param name="picture">The picture as shown.</param>
    /// <param name="size">480 or 720.</param>
    public static Crop Of(PictureFacts picture, int size)
    {
        var bucket = Bucket.For(picture, size);
        var scale = Math.Max((double)bucket.Width / picture.Width, (double)bucket.Height / picture.Height);
        var (width, height) = ((int)Math.Ceiling(scale * picture.Width), (int)Math.Ceiling(scale * picture.Height));
        return new(bucket.Width, bucket.Height, width, height, Half(width - bucket.Width), Half(height - bucket.Height), picture.Width, picture.Height);
    }

    // As torchvision's center_crop: halves go to the even number.
    private static int Half(int pixels) => (int)Math.Round(pixels / 2.0);
}

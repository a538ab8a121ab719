using System.Globalization;
using System.Text.RegularExpressions;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Generation;

/// <summary>What upstream does with a picture and its boxes (wan/multitalk.py and its utilities), shared with nothing.</summary>
internal static partial class UpstreamPicture
{
    // wan/utils/multitalk_utils.py, as it stands there.
    private const string AspectRatio627 = """
        '0.26': ([320, 1216], 1), '0.38': ([384, 1024], 1), '0.50': ([448, 896], 1), '0.67': ([512, 768], 1),
        '0.82': ([576, 704], 1),  '1.00': ([640, 640], 1),  '1.22': ([704, 576], 1), '1.50': ([768, 512], 1),
        '1.86': ([832, 448], 1),  '2.00': ([896, 448], 1),  '2.50': ([960, 384], 1), '2.83': ([1088, 384], 1),
        '3.60': ([1152, 320], 1), '3.80': ([1216, 320], 1), '4.00': ([1280, 320], 1)
        """;

    private const string AspectRatio960 = """
        '0.22': ([448, 2048], 1), '0.29': ([512, 1792], 1), '0.36': ([576, 1600], 1), '0.45': ([640, 1408], 1),
        '0.55': ([704, 1280], 1), '0.63': ([768, 1216], 1), '0.76': ([832, 1088], 1), '0.88': ([896, 1024], 1),
        '1.00': ([960, 960], 1), '1.14': ([1024, 896], 1), '1.31': ([1088, 832], 1), '1.50': ([1152, 768], 1),
        '1.58': ([1216, 768], 1), '1.82': ([1280, 704], 1), '1.91': ([1344, 704], 1), '2.20': ([1408, 640], 1),
        '2.30': ([1472, 640], 1), '2.67': ([1536, 576], 1), '2.89': ([1664, 576], 1), '3.62': ([1856, 512], 1),
        '3.75': ([1920, 512], 1)
        """;

    /// <summary>The keys in the dictionary's order, with their sizes.</summary>
    public static IReadOnlyList<(string Key, int Height, int Width)> Buckets480 { get; } = Parse(AspectRatio627);

    /// <summary>The keys in the dictionary's order, with their sizes.</summary>
    public static IReadOnlyList<(string Key, int Height, int Width)> Buckets720 { get; } = Parse(AspectRatio960);

    /// <summary><c>sorted(list(bucket_config.keys()), key=lambda x: abs(float(x)-ratio))[0]</c>; both sorts are stable.</summary>
    public static (int Height, int Width) Target(PictureFacts picture, int size)
    {
        var ratio = picture.Height / (double)picture.Width;
        var sorted = (size == 720 ? Buckets720 : Buckets480).OrderBy(bucket => Math.Abs(double.Parse(bucket.Key, CultureInfo.InvariantCulture) - ratio)).ToList();
        return (sorted[0].Height, sorted[0].Width);
    }

    /// <summary><c>resize_and_centercrop</c>: the size after scaling, and where torchvision's <c>center_crop</c> begins.</summary>
    public static (int FinalHeight, int FinalWidth, int Top, int Left) Resize(PictureFacts picture, (int Height, int Width) target)
    {
        var scaleH = target.Height / (double)picture.Height;
        var scaleW = target.Width / (double)picture.Width;
        var scale = scaleH > scaleW ? scaleH : scaleW;
        var finalH = (int)Math.Ceiling(scale * picture.Height);
        var finalW = (int)Math.Ceiling(scale * picture.Width);
        return (finalH, finalW, Round(finalH - target.Height), Round(finalW - target.Width));

        // int(round(difference / 2.0)): Python rounds a half to the even number.
        static int Round(int difference) => (difference / 2) + (difference % 4 == 3 ? 1 : 0);
    }

    /// <summary>
    /// How many tokens of the video each mask selects: person 1, person 2, background. The mask is drawn in the picture, scaled to
    /// the nearest pixel, cropped, and scaled to the nearest pixel of an eighth and of half of that.
    /// </summary>
    /// <param name="picture">The picture.</param>
    /// <param name="size">480 or 720.</param>
    /// <param name="boxes">Two boxes; without them the two halves.</param>
    public static (int First, int Second, int Background) Tokens(PictureFacts picture, int size, IReadOnlyList<Box>? boxes)
    {
        var target = Target(picture, size);
        var (finalH, finalW, top, left) = Resize(picture, target);
        var rows = Picked(target.Height, top, finalH, picture.Height);
        var columns = Picked(target.Width, left, finalW, picture.Width);
        boxes ??= Halves(picture);

        // Of rectangles: so many rows times so many columns.
        var (first, second) = (Count(boxes[0]), Count(boxes[1]));
        var both = Count(new(
            Math.Max(boxes[0].Top, boxes[1].Top), Math.Max(boxes[0].Left, boxes[1].Left),
            Math.Min(boxes[0].Bottom, boxes[1].Bottom), Math.Min(boxes[0].Right, boxes[1].Right)));
        return (first, second, (rows.Length * columns.Length) - first - second + both);

        int Count(Box box) => rows.Count(row => row >= box.Top && row < box.Bottom) * columns.Count(column => column >= box.Left && column < box.Right);
    }

    // face_scale=0.05
    private static Box[] Halves(PictureFacts picture)
    {
        const double faceScale = 0.05;
        var (top, bottom) = ((int)(picture.Height * faceScale), (int)(picture.Height * (1 - faceScale)));
        var half = picture.Width / 2;
        return
        [
            new(top, (int)(half * faceScale), bottom, (int)(half * (1 - faceScale))),
            new(top, (int)((half * faceScale) + half), bottom, (int)((half * (1 - faceScale)) + half)),
        ];
    }

    // From the tokens back to the picture: to the latent, the video, the scaled picture, the picture.
    private static int[] Picked(int video, int cut, int scaled, int picture) =>
        [.. Enumerable.Range(0, video / 16).Select(token => Nearest(cut + Nearest(Nearest(token, video / 16, video / 8), video / 8, video), scaled, picture))];

    // torch.nn.functional.interpolate(mode='nearest'), in single precision as there: the pixel of the source for one of the result.
    private static int Nearest(int index, int resultSize, int sourceSize)
    {
        if (resultSize == sourceSize)
            return index;
        if (resultSize == 2 * sourceSize)
            return index >> 1;
        var scale = (float)sourceSize / resultSize;
        return Math.Min((int)MathF.Floor(index * scale), sourceSize - 1);
    }

    private static (string Key, int Height, int Width)[] Parse(string table) =>
        [.. Entry().Matches(table).Select(entry => (entry.Groups[1].Value, int.Parse(entry.Groups[2].Value, CultureInfo.InvariantCulture), int.Parse(entry.Groups[3].Value, CultureInfo.InvariantCulture)))];

    [GeneratedRegex(@"'(\d\.\d\d)': \(\[(\d+), (\d+)\], 1\)")]
    private static partial Regex Entry();
}

namespace MultiTalk.GpuRunner.Generation;

/// <summary>A size of output that the model was trained on.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
public sealed record Bucket(int Width, int Height)
{
    // The keys are upstream's, rounded by hand there: the nearest key wins, not the nearest real ratio
    // (docs/contract.md, "Output size").
    private static readonly (double Ratio, Bucket Bucket)[] _area480 =
    [
        (0.26, new(1216, 320)), (0.38, new(1024, 384)), (0.50, new(896, 448)), (0.67, new(768, 512)),
        (0.82, new(704, 576)), (1.00, new(640, 640)), (1.22, new(576, 704)), (1.50, new(512, 768)),
        (1.86, new(448, 832)), (2.00, new(448, 896)), (2.50, new(384, 960)), (2.83, new(384, 1088)),
        (3.60, new(320, 1152)), (3.80, new(320, 1216)), (4.00, new(320, 1280)),
    ];

    private static readonly (double Ratio, Bucket Bucket)[] _area720 =
    [
        (0.22, new(2048, 448)), (0.29, new(1792, 512)), (0.36, new(1600, 576)), (0.45, new(1408, 640)),
        (0.55, new(1280, 704)), (0.63, new(1216, 768)), (0.76, new(1088, 832)), (0.88, new(1024, 896)),
        (1.00, new(960, 960)), (1.14, new(896, 1024)), (1.31, new(832, 1088)), (1.50, new(768, 1152)),
        (1.58, new(768, 1216)), (1.82, new(704, 1280)), (1.91, new(704, 1344)), (2.20, new(640, 1408)),
        (2.30, new(640, 1472)), (2.67, new(576, 1536)), (2.89, new(576, 1664)), (3.62, new(512, 1856)),
        (3.75, new(512, 1920)),
    ];

    /// <summary>The bucket that upstream picks: the one whose key is nearest to height ÷ width.</summary>
    /// <param name="picture">The picture as shown.</param>
    /// <param name="size">480 or 720.</param>
    public static Bucket For(PictureFacts picture, int size)
    {
        var ratio = (double)picture.Height / picture.Width;
        return (size == 720 ? _area720 : _area480).MinBy(entry => Math.Abs(entry.Ratio - ratio)).Bucket;
    }
}

namespace MultiTalk.GpuRunner.Media;

/// <summary>
/// Measures how bright a video is and how much of it moves, from small grey copies of its pictures: one pixel is the mean of a
/// block of <see cref="Block"/> × <see cref="Block"/>.
/// </summary>
/// <remarks>
/// Means of blocks tell a still picture from a living one where means of whole pictures cannot: a mouth may have 0.4 % of the
/// pixels, and a still picture is coded anew at every key frame. Measured on stills as upstream encodes them, no block ever
/// moves by more than 2; an opening mouth moves one by 20 and more.
/// </remarks>
internal sealed class PictureMeter
{
    /// <summary>Pixels a side.</summary>
    public const int Block = 16;

    // Pictures that are compared: 0.2 s apart, in which a slow movement shows too.
    private const int Apart = 5;

    // Of 256 levels: twice what coding does to a still picture.
    private const int Moved = 4;

    private readonly byte[][] _last;
    private int _compared;
    private int _moved;

    /// <summary>A meter of pictures of one size.</summary>
    /// <param name="pixels">Pixels of a small copy.</param>
    /// <param name="frames">How many pictures are expected; of a few, the first and the last are compared.</param>
    public PictureMeter(int pixels, int frames)
    {
        _last = new byte[Math.Clamp(frames - 1, 1, Apart)][];
        for (var i = 0; i < _last.Length; i++)
            _last[i] = new byte[pixels];
    }

    /// <summary>Pictures so far.</summary>
    public int Frames { get; private set; }

    /// <summary>The mean luma of the brightest picture: 16 is black, 235 white.</summary>
    public double BrightestLuma { get; private set; }

    /// <summary>The share of pictures in which something has moved since 0.2 s before, 0 to 1.</summary>
    public double Moving => _compared == 0 ? 0 : (double)_moved / _compared;

    /// <summary>Reads pictures to the end of the stream.</summary>
    public async Task ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var picture = new byte[_last[0].Length];
        while (await stream.ReadAtLeastAsync(picture, picture.Length, throwOnEndOfStream: false, cancellationToken) == picture.Length)
            Add(picture);
    }

    /// <summary>Takes the next picture.</summary>
    public void Add(ReadOnlySpan<byte> picture)
    {
        var before = _last[Frames % _last.Length];
        var (sum, change) = (0L, 0);
        for (var i = 0; i < picture.Length; i++)
        {
            sum += picture[i];
            change = Math.Max(change, Math.Abs(picture[i] - before[i]));
        }

        BrightestLuma = Math.Max(BrightestLuma, (double)sum / picture.Length);
        if (Frames >= _last.Length)
        {
            _compared++;
            _moved += change >= Moved ? 1 : 0;
        }

        picture.CopyTo(before);
        Frames++;
    }
}

using System.Globalization;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Generation;

/// <summary>The size of the video, and what of the picture is in it.</summary>
public sealed class PictureTests
{
    [Fact]
    public void The_tables_are_upstreams()
    {
        Assert.Equal((15, 21), (UpstreamPicture.Buckets480.Count, UpstreamPicture.Buckets720.Count));
        Assert.All(UpstreamPicture.Buckets480, bucket => Assert.Equal(new(bucket.Width, bucket.Height), Bucket.For(OfRatio(bucket.Key), 480)));
        Assert.All(UpstreamPicture.Buckets720, bucket => Assert.Equal(new(bucket.Width, bucket.Height), Bucket.For(OfRatio(bucket.Key), 720)));

        static PictureFacts OfRatio(string key) => new(100, (int)Math.Round(100 * double.Parse(key, CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void Pictures_of_10000_sizes_get_upstreams_bucket_and_crop() => Randomly.Check(10_000, random =>
    {
        var picture = random.Next(20) switch
        {
            0 => new PictureFacts(random.Next(1, 8001), random.Next(1, 40)),
            1 => new PictureFacts(random.Next(1, 40), random.Next(1, 8001)),
            _ => new PictureFacts(random.Next(1, 8001), random.Next(1, 8001)),
        };
        AgreesWithUpstream(picture, 480);
        AgreesWithUpstream(picture, 720);
    });

    [Fact]
    public void Pictures_just_between_two_buckets_get_upstreams()
    {
        foreach (var (size, buckets) in new[] { (480, UpstreamPicture.Buckets480), (720, UpstreamPicture.Buckets720) })
        {
            foreach (var (low, high) in buckets.Zip(buckets.Skip(1)))
            {
                var sum = (int)Math.Round(100 * (double.Parse(low.Key, CultureInfo.InvariantCulture) + double.Parse(high.Key, CultureInfo.InvariantCulture)));
                for (var times = 1; times <= 40; times++)
                {
                    for (var off = -1; off <= 1; off++)
                        AgreesWithUpstream(new(200 * times, (sum * times) + off), size);
                }
            }
        }
    }

    [Theory]
    // Said by Python 3: halves between two keys, where the last bit of a difference decides; where there is none, the first key.
    [InlineData(480, 64, "1216x320")]
    [InlineData(480, 149, "768x512")]
    [InlineData(480, 182, "640x640")]
    [InlineData(480, 222, "576x704")]
    [InlineData(480, 336, "512x768")]
    [InlineData(480, 450, "448x896")]
    [InlineData(480, 740, "320x1216")]
    [InlineData(720, 51, "1792x512")]
    [InlineData(720, 100, "1408x640")]
    [InlineData(720, 188, "1024x896")]
    [InlineData(720, 214, "896x1024")]
    [InlineData(720, 281, "832x1088")]
    [InlineData(720, 411, "640x1408")]
    [InlineData(720, 737, "512x1856")]
    public void Ties_are_decided_as_in_python(int size, int height, string expected)
    {
        var bucket = Bucket.For(new(200, height), size);
        Assert.Equal(expected, $"{bucket.Width}x{bucket.Height}");
    }

    [Theory]
    // Width, height, the size at 480, the size at 720 and what each loses: the table of the contract, section 1.3.
    [InlineData(2100, 900, "1024x384", 12.5, "1408x640", 5.7)]
    [InlineData(1600, 900, "896x448", 11.1, "1280x704", 2.2)]
    [InlineData(1500, 1000, "768x512", 0, "1216x768", 5.3)]
    [InlineData(1200, 900, "704x576", 8.3, "1088x832", 1.9)]
    [InlineData(1000, 1000, "640x640", 0, "960x960", 0)]
    [InlineData(900, 1200, "576x704", 8.3, "832x1088", 1.9)]
    [InlineData(1000, 1500, "512x768", 0, "768x1152", 0)]
    [InlineData(900, 1600, "448x832", 4.3, "704x1280", 2.2)]
    public void The_picture_decides_the_size(int width, int height, string at480, double lost480, string at720, double lost720)
    {
        Assert.Equal((at480, at720), (Size(480), Size(720)));
        Assert.Equal(lost480, 100 * Crop.Of(new(width, height), 480).Lost, 0.3);
        Assert.Equal(lost720, 100 * Crop.Of(new(width, height), 720).Lost, 0.3);

        string Size(int size)
        {
            var plan = Planning.Plan(Planning.Request(new() { Size = size }, Planning.Voice(5)) with { Picture = new(width, height) });
            Assert.Equal(Crop.Of(new(width, height), size), plan.Crop);
            return $"{plan.Width}x{plan.Height}";
        }
    }

    private static void AgreesWithUpstream(PictureFacts picture, int size)
    {
        var target = UpstreamPicture.Target(picture, size);
        var (height, width, top, left) = UpstreamPicture.Resize(picture, target);
        Assert.Equal(new Bucket(target.Width, target.Height), Bucket.For(picture, size));
        Assert.Equal(new Crop(target.Width, target.Height, width, height, left, top, picture.Width, picture.Height), Crop.Of(picture, size));
    }
}

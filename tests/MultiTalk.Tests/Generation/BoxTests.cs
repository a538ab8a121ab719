using MultiTalk.GpuRunner.Generation;
using static MultiTalk.Tests.Generation.Planning;

namespace MultiTalk.Tests.Generation;

/// <summary>Boxes, against the masks that upstream makes of them: an empty one is a black video.</summary>
public sealed class BoxTests
{
    [Fact]
    public void Upstreams_own_example_passes()
    {
        // examples/multitalk_example_2.json: 2560×1440, rows first.
        Assert.Empty(Codes(Boxed(new(2560, 1440), new(160, 120, 1280, 1080), new(160, 1320, 1280, 2280))));
        var (first, second, background) = UpstreamPicture.Tokens(new(2560, 1440), 480, [new(160, 120, 1280, 1080), new(160, 1320, 1280, 2280)]);
        Assert.True(first > 100 && second > 100 && background > 100);
    }

    [Fact]
    public void Boxes_that_pass_leave_upstream_two_people_and_a_background() => Randomly.Check(4_000, random =>
    {
        var picture = Picture(random);
        var size = random.Of(480, 720);
        var (first, second) = random.Next(3) == 0 ? Sharing(random, picture, size) : (Anywhere(random, picture, size), Anywhere(random, picture, size));
        if (Codes(Boxed(picture, first, second, size)).Any())
            return;

        var tokens = UpstreamPicture.Tokens(picture, size, [first, second]);
        Assert.True(tokens is { First: > 0, Second: > 0, Background: > 0 }, $"{picture} at {size}: {first} and {second} select {tokens}");
    });

    [Fact]
    public void Without_boxes_upstream_finds_two_people_and_a_background_in_every_picture_that_is_taken() => Randomly.Check(2_000, random =>
    {
        var picture = random.Of(new PictureFacts(random.Next(64, 513), 64), new PictureFacts(64, random.Next(64, 513)), new PictureFacts(random.Next(900, 7201), 900), new PictureFacts(900, random.Next(900, 7201)));
        var tokens = UpstreamPicture.Tokens(picture, random.Of(480, 720), boxes: null);
        Assert.True(tokens is { First: > 0, Second: > 0, Background: > 0 }, $"{picture}: {tokens}");
    });

    // A face that is well in the video is never refused.
    [Fact]
    public void Faces_that_the_video_shows_pass() => Randomly.Check(1_000, random =>
    {
        var picture = new PictureFacts(random.Next(200, 4001), random.Next(200, 4001));
        if (picture.Width > 8 * picture.Height || picture.Height > 8 * picture.Width)
            return;
        var size = random.Of(480, 720);
        var crop = Crop.Of(picture, size);
        var (byX, byY) = (picture.Width / (double)crop.ScaledWidth, picture.Height / (double)crop.ScaledHeight);
        Box[] boxes = [Face(0), Face(crop.Width / 2)];

        Assert.Empty(Codes(Boxed(picture, boxes[0], boxes[1], size)));

        // Three tokens at least, each in its half of the video.
        Box Face(int from)
        {
            var (height, width) = (random.Next(48, crop.Height / 2), random.Next(48, (crop.Width / 2) - 2));
            var (top, left) = (random.Next(0, crop.Height - height - 2), from + random.Next(0, (crop.Width / 2) - width - 2));
            return new((int)((crop.Top + top) * byY), (int)((crop.Left + left) * byX), (int)((crop.Top + top + height) * byY), (int)((crop.Left + left + width) * byX));
        }
    });

    [Fact]
    public void Nobody_stands_within_somebody_else()
    {
        Assert.Equal(["box_overlap"], Codes(Boxed(Square, new(100, 100, 500, 500), new(100, 100, 500, 500))));
        Assert.Equal(["box_overlap"], Codes(Boxed(Square, new(100, 100, 500, 500), new(50, 50, 600, 600))));
        Assert.Empty(Codes(Boxed(Square, new(100, 100, 500, 500), new(100, 400, 500, 800))));
    }

    [Fact]
    public void What_the_crop_takes_away_is_known()
    {
        // 16:9 at 480 becomes 896×448: of 900 rows, 50 are lost above and 50 below.
        var picture = new PictureFacts(1600, 900);
        var other = new Box(200, 900, 600, 1300);
        Assert.Equal(["box_cropped"], Codes(Boxed(picture, new(0, 100, 45, 400), other)));
        Assert.Equal(["box_cropped"], Codes(Boxed(picture, new(855, 100, 900, 400), other)));
        Assert.Equal(["box_cropped", "box_cropped"], Codes(Boxed(picture, new(0, 100, 40, 400), new(870, 900, 900, 1300))));
        Assert.Empty(Codes(Boxed(picture, new(0, 100, 400, 400), other)));
        // At 720 hardly anything is.
        Assert.Empty(Codes(Boxed(picture, new(0, 100, 60, 400), other, 720)));
        Assert.Equal(0, UpstreamPicture.Tokens(picture, 480, [new(0, 100, 45, 400), other]).First);
    }

    [Fact]
    public void Both_boxes_are_told_of_at_once() =>
        Assert.Equal(
            ["speakers[0].box", "speakers[1].box"],
            Problems(Boxed(Square, new(0, 0, 2000, 10), new(500, 400, 400, 500))).Select(problem => problem.Field));

    [Fact]
    public void The_boxes_go_into_the_plan_as_they_came()
    {
        var plan = Plan(Boxed(Square, new(100, 100, 400, 400), new(100, 600, 400, 900)));
        Assert.Equal([new(100, 100, 400, 400), new(100, 600, 400, 900)], plan.Speakers.Select(speaker => speaker.Box));
    }

    [Fact]
    public void A_silent_person_has_a_box_too()
    {
        var request = Request(null, Voice(5) with { Box = new(100, 100, 400, 400) }, Silent with { Box = new(100, 600, 400, 900) });
        Assert.Equal("para", Plan(request).AudioType);
    }

    private static GenerationRequest Boxed(PictureFacts picture, Box first, Box second, int size = 480) =>
        Request(new() { Size = size }, Voice(5) with { Box = first }, Voice(5) with { Box = second }) with { Picture = picture };

    private static PictureFacts Picture(Random random) => random.Of(
        new PictureFacts(random.Next(64, 3000), random.Next(64, 3000)),
        new PictureFacts(1000, 1000),
        new PictureFacts(1600, 900),
        new PictureFacts(16 * random.Next(4, 200), 9 * random.Next(8, 300)),
        // Sizes whose ratio to the video's has small numbers: pixels fall on edges.
        new PictureFacts(random.Of(640, 320, 960, 720, 900, 1080, 1280), random.Of(640, 320, 960, 720, 900, 1080, 1280)));

    // Mostly about as large as a token and at its edges, where a pixel decides.
    private static Box Anywhere(Random random, PictureFacts picture, int size)
    {
        var crop = Crop.Of(picture, size);
        var (top, bottom) = Side(picture.Height, crop.ScaledHeight, crop.Top, crop.Height);
        var (left, right) = Side(picture.Width, crop.ScaledWidth, crop.Left, crop.Width);
        return new(top, left, bottom, right);

        (int Low, int High) Side(int length, int scaled, int cut, int shown)
        {
            if (random.Next(4) == 0)
                return (random.Next(0, length), random.Next(1, length + 1));
            var scale = length / (double)scaled;
            var edge = (cut + (16 * random.Next(0, shown / 16)) + random.Of(0, 0, 1, random.Next(16))) * scale;
            var low = Math.Clamp((int)edge + random.Of(0, 0, 1), 0, length - 1);
            return (low, Math.Clamp(low + (int)Math.Ceiling(16 * scale) + random.Of(0, 0, -1, 1, 2, random.Next(length)), 1, length));
        }
    }

    // Two boxes that share the picture but for a narrow rest at one side.
    private static (Box First, Box Second) Sharing(Random random, PictureFacts picture, int size)
    {
        var crop = Crop.Of(picture, size);
        var middle = random.Next(1, picture.Width);
        var top = Rest(picture.Height, crop.ScaledHeight, crop.Top);
        var bottom = picture.Height - Rest(picture.Height, crop.ScaledHeight, crop.ScaledHeight - crop.Top - crop.Height);
        var left = Rest(picture.Width, crop.ScaledWidth, crop.Left);
        var right = picture.Width - Rest(picture.Width, crop.ScaledWidth, crop.ScaledWidth - crop.Left - crop.Width);
        return (new(top, left, bottom, middle), new(top, middle, bottom, right));

        int Rest(int length, int scaled, int cut) => random.Next(3) == 0 ? (int)Math.Round((cut + (16 * random.NextDouble())) * length / scaled) : 0;
    }
}

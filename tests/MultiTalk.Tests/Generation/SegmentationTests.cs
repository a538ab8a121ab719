using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Generation;

public sealed class SegmentationTests
{
    [Fact]
    public void Every_length_from_82_to_3000_frames_has_upstreams_bars_and_frames()
    {
        for (var frames = 82; frames <= 3000; frames++)
            AgreesWithUpstream(frames, 81, 25);
    }

    [Fact]
    public void Every_legal_segment_and_overlap_has_upstreams_bars_and_frames() => Randomly.Check(400, random =>
    {
        var frameNum = (4 * random.Next(1, 51)) + 1;
        // Also overlaps that leave a segment one, two or three new frames.
        var motionFrame = random.Of(random.Next(1, frameNum), Math.Max(1, frameNum - random.Next(1, 6)));
        AgreesWithUpstream(frameNum + random.Of(1, random.Next(1, 20), random.Next(1, 1200)), frameNum, motionFrame);
    });

    [Theory]
    // The table of the contract, section 5.3.
    [InlineData(3.28, 2)]
    [InlineData(5, 2)]
    [InlineData(8, 4)]
    [InlineData(10, 5)]
    [InlineData(15, 7)]
    [InlineData(20, 9)]
    [InlineData(30, 13)]
    [InlineData(36, 16)]
    [InlineData(40, 18)]
    [InlineData(60, 18)]
    public void The_published_lengths_have_the_published_segments(double seconds, int segments) =>
        Assert.Equal(segments, Segmentation.StreamingSegments(Segmentation.AudioFrames(Planning.Samples(seconds)), 81, 25));

    [Fact]
    public void Three_frames_are_lost_36_in_the_double_cut_and_all_beyond_1000()
    {
        Assert.All(Enumerable.Range(82, 977 - 81), frames => Assert.Equal(frames - 3, Segmentation.StreamingFrames(frames, 81, 25)));
        Assert.All(Enumerable.Range(978, 1033 - 977), frames => Assert.Equal(frames - 36, Segmentation.StreamingFrames(frames, 81, 25)));
        Assert.All(Enumerable.Range(1034, 2000), frames => Assert.Equal(1000, Segmentation.StreamingFrames(frames, 81, 25)));
    }

    [Fact]
    public void A_segment_is_wasted_where_upstream_shows_nothing_of_its_last_bar()
    {
        for (var frames = 82; frames <= 1100; frames++)
            Assert.Equal(!UpstreamLoop.Streaming(frames).ShowsEveryBar, Segmentation.WastesSegment(frames, 81, 25));
    }

    [Fact]
    public void Padding_is_the_least_that_shows_everything_wastes_nothing_and_is_cut_once() => Randomly.Check(60, random =>
    {
        var frameNum = (4 * random.Next(1, 51)) + 1;
        var motionFrame = random.Next(1, frameNum);
        var frames = random.Of(1000, random.Next(1, 1001), random.Next(900, 1001));

        var padded = Segmentation.PaddedFor(frames, frameNum, motionFrame);

        Assert.True(Shows(padded) && padded >= frames + 3, $"{frames} frames padded to {padded} at {frameNum}/{motionFrame}");
        // Up to three frames more than a segment, nothing but the first one would be seen.
        for (var less = Math.Max(Math.Max(frames, frameNum + 1) + 3, padded - 60); less < padded; less++)
            Assert.False(Shows(less), $"{frames} frames padded to {padded} at {frameNum}/{motionFrame}, {less} would do");

        bool Shows(int length)
        {
            var video = UpstreamLoop.Streaming(length, frameNum, motionFrame);
            // The double cut: at 1000 frames, and then of what upstream padded.
            if (video.Frames.Count < Math.Min(1000, length - 3))
                return false;
            // Where a segment brings no more than the three frames that are cut, each length wastes one.
            return video.Frames.Count >= frames && (frameNum - motionFrame <= 3 || video.ShowsEveryBar);
        }
    });

    [Fact]
    public void The_least_samples_of_a_length_count_as_it_and_one_less_does_not()
    {
        for (var frames = 1; frames <= 3000; frames++)
        {
            var samples = Segmentation.Samples(frames);
            Assert.Equal((frames, frames - 1), (Segmentation.AudioFrames(samples), Segmentation.AudioFrames(samples - 1)));
            Assert.InRange(samples, 640L * frames, (640L * frames) + 1);
            Assert.Equal((frames, frames + 1), (Segmentation.FramesToShow(samples), Segmentation.FramesToShow(samples + 1)));
        }
    }

    [Fact]
    public void Segments_have_the_least_4n_plus_1_frames()
    {
        for (var frames = 1; frames <= 201; frames++)
        {
            var frameNum = Segmentation.FrameNumFor(frames);
            Assert.True(frameNum % 4 == 1 && frameNum >= frames && frameNum - 4 < frames, $"{frames} frames in {frameNum}");
        }
    }

    private static void AgreesWithUpstream(int frames, int frameNum, int motionFrame)
    {
        var upstream = UpstreamLoop.Streaming(frames, frameNum, motionFrame);
        Assert.Equal(
            (frames, frameNum, motionFrame, upstream.Bars, upstream.Frames.Count),
            (frames, frameNum, motionFrame, Segmentation.StreamingSegments(frames, frameNum, motionFrame), Segmentation.StreamingFrames(frames, frameNum, motionFrame)));
    }
}

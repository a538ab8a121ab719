using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Execution;

public sealed class OutputVerifierTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Portrait(int size) => Still("portrait.png", size);

    private static string Still(string picture, int size) =>
        $"-i {Samples.Path(picture)} -vf scale={size}:{size}:force_original_aspect_ratio=increase,crop={size}:{size},loop=-1:1,setpts=N/25/TB";

    [Theory]
    [InlineData("portrait.png", "", 640)]
    [InlineData("couple.png", "", 320)]
    [InlineData("portrait.png", ",eq=brightness=-0.3", 320)]
    public async Task A_still_picture_is_no_video_though_every_key_frame_codes_it_anew(string picture, string filter, int size)
    {
        // Key frames come every 250.
        using var video = await WrittenVideo.EncodedAsync(Still(picture, size) + filter, frames: 260);
        await FailsAsync(video, "output_still", frames: 260, size);
    }

    [Fact]
    public async Task A_still_picture_of_noise_is_no_video()
    {
        using var video = await WrittenVideo.EncodedAsync("-f lavfi -i nullsrc=s=320x320:r=25,geq=lum='random(1)*200':cb=128:cr=128,trim=end_frame=1,loop=-1:1", frames: 260);
        await FailsAsync(video, "output_still", frames: 260, size: 320);
    }

    [Fact]
    public async Task Still_pictures_whose_colours_change_from_segment_to_segment_are_no_video()
    {
        // A segment has 56 frames of its own.
        using var video = await WrittenVideo.EncodedAsync($"{Portrait(320)},eq=brightness=-0.03*floor(n/56):eval=frame", frames: 260);
        await FailsAsync(video, "output_still", frames: 260, size: 320);
    }

    [Theory]
    // Of 640×640 pixels a mouth of 20 × 4 to 12, one of 40 × 40 that changes by 8 levels, and one that speaks in the first of 4 s.
    [InlineData("if(lt(pow((X-20)/10,2)+pow((Y-20)/(2+4*pow(sin(N/4),2)),2),1),40,lum(X,Y))")]
    [InlineData("lum(X,Y)+8*sin(N/5)")]
    [InlineData("if(lt(N,25)*lt(pow((X-20)/20,2)+pow((Y-20)/(1+10*pow(sin(N/4),2)),2),1),40,lum(X,Y))")]
    public async Task A_mouth_that_moves_is_enough(string luma)
    {
        using var video = await WrittenVideo.EncodedAsync(
            $"{Portrait(640)},split[face],crop=40:40:300:400,format=yuv444p,geq=lum='{luma}':cb='cb(X,Y)':cr='cr(X,Y)'[mouth];[face][mouth]overlay=300:400", frames: 100);
        Assert.Equal(100, (await video.VerifyAsync(Plans.Of() with { Frames = 100 })).Frames);
    }

    [Fact]
    public async Task Noise_that_coding_keeps_moves()
    {
        using var video = await WrittenVideo.EncodedAsync($"{Portrait(320)},noise=c0s=25:c0f=t", frames: 50);
        await video.VerifyAsync(WrittenVideo.Plan());
    }

    [Theory]
    [InlineData(true, "boxes")]
    [InlineData(false, "picture")]
    public async Task A_black_video_is_blamed_on_what_makes_it_black(bool boxes, string remedy)
    {
        var plan = WrittenVideo.Plan();
        if (boxes)
            plan = plan with { Speakers = [plan.Speakers[0] with { Box = new(1, 1, 9, 9) }] };
        // As the real one: 16 throughout.
        using var video = await WrittenVideo.EncodedAsync("-f lavfi -i color=black:s=320x320:r=25", frames: 50);

        var error = await FailsAsync(video, "output_black", plan);
        Assert.Contains(remedy, error.Remedy, StringComparison.Ordinal);
        Assert.Contains("16.0", error.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_video_that_begins_black_is_not_black()
    {
        using var video = await WrittenVideo.OfAsync("-f lavfi -i testsrc2=s=320x320:r=25,fade=in:0:40 -f lavfi -i sine -t 2 -pix_fmt yuv420p -c:a aac");
        Assert.Equal((320, 320, 50, 25, 2), Measures(await video.VerifyAsync(WrittenVideo.Plan())));
    }

    [Fact]
    public async Task A_dark_video_is_not_black()
    {
        using var video = await WrittenVideo.OfAsync("-f lavfi -i testsrc2=s=320x320:r=25,eq=contrast=0.1:brightness=-0.4 -f lavfi -i sine -t 2 -pix_fmt yuv420p -c:a aac");
        await video.VerifyAsync(WrittenVideo.Plan());
    }

    [Theory]
    [InlineData("-an", "the sound is missing")]
    [InlineData("-c:a libmp3lame", "the sound is mp3")]
    [InlineData("-c:v mpeg4 -c:a aac", "the pictures are mpeg4")]
    [InlineData("-r 24 -c:a aac", "the rate is 24")]
    [InlineData("-s 320x240 -c:a aac", "the size is 320×240")]
    [InlineData("-frames:v 48 -c:a aac", "the frames are 48, not 50")]
    [InlineData("-af atrim=end=1.5 -c:a aac", "the sound lasts 1.5")]
    [InlineData("-af atrim=end_sample=1 -c:a aac", "the sound lasts 0.0")]
    public async Task A_video_that_was_not_planned_is_told_by_what_differs(string more, string difference)
    {
        using var video = await WrittenVideo.MovingAsync(more: more);
        var error = await FailsAsync(video, "output_unexpected", WrittenVideo.Plan());
        Assert.Contains(difference, error.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_frame_more_or_less_is_as_planned()
    {
        using var video = await WrittenVideo.MovingAsync();
        await video.VerifyAsync(WrittenVideo.Plan(49));
        await video.VerifyAsync(WrittenVideo.Plan(51));
    }

    [Fact]
    public async Task The_length_of_a_spoken_text_is_what_it_is()
    {
        using var video = await WrittenVideo.MovingAsync();
        Assert.Equal(50, (await video.VerifyAsync(WrittenVideo.Plan(300) with { Script = "Hello." })).Frames);
    }

    [Theory]
    [InlineData("", 0.5)]
    [InlineData("-movflags +faststart", 0.5)]
    [InlineData("-movflags +faststart", 0.97)]
    public async Task A_video_that_was_cut_off_cannot_be_read(string more, double share)
    {
        using var video = await WrittenVideo.MovingAsync(more: $"-c:a aac {more}");
        using (var file = File.OpenWrite(video.Output))
            file.SetLength((long)(file.Length * share));

        Assert.True((await FailsAsync(video, "output_unreadable", WrittenVideo.Plan(), retryable: true)).Retryable);
    }

    [Fact]
    public async Task A_video_with_damage_inside_cannot_be_read()
    {
        using var video = await WrittenVideo.MovingAsync(more: "-c:a aac -movflags +faststart");
        using (var file = File.OpenWrite(video.Output))
        {
            file.Position = file.Length / 2;
            file.Write(new byte[2_000]);
        }

        await FailsAsync(video, "output_unreadable", WrittenVideo.Plan(), retryable: true);
    }

    [Fact]
    public async Task No_video_is_told()
    {
        using var video = await WrittenVideo.NoneAsync();
        await FailsAsync(video, "output_missing", WrittenVideo.Plan());
    }

    private static (int, int, int, double, double) Measures(VideoFacts facts) => (facts.Width, facts.Height, facts.Frames, facts.Fps, facts.DurationSeconds);

    private static Task<JobError> FailsAsync(WrittenVideo video, string code, int frames, int size) =>
        FailsAsync(video, code, Plans.Of() with { Frames = frames, Width = size, Height = size });

    private static async Task<JobError> FailsAsync(WrittenVideo video, string code, GenerationPlan plan, bool retryable = false)
    {
        var log = new ScriptLog();
        log.Add("the last line");
        var exception = await Assert.ThrowsAsync<GenerationFailedException>(() => OutputVerifier.VerifyAsync(video.Output, plan, log, Cancellation));
        Assert.Equal((code, retryable), (exception.Error.Code, exception.Error.Retryable));
        Assert.Equal(["the last line"], exception.Error.Lines);
        return exception.Error;
    }
}

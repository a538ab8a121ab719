using System.Diagnostics;
using System.Net;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Api;

public sealed class VideoTests(TestWeb web) : IClassFixture<TestWeb>
{
    [Fact(Timeout = 120_000)]
    public async Task A_portrait_and_ten_seconds_of_voice_become_a_video_of_250_frames()
    {
        using var client = await web.ClientAsync("someone");
        using var submitted = await client.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken);
        var job = await submitted.JobAsync();

        var states = await client.FollowAsync(job.Id);
        var done = states[^1];
        var path = Path.Combine(web.Data, "download.mp4");
        await File.WriteAllBytesAsync(path, await client.GetByteArrayAsync($"{JobsApi.Root}/{job.Id}/video", TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);

        Assert.Equal(JobState.Succeeded, done.State);
        Assert.Equal((640, 640, 250, 25d), (done.Video!.Width, done.Video.Height, done.Video.Frames, done.Video.Fps));
        Assert.Equal(
            """
            h264,640,640,25/1,250
            aac,22050,1
            """,
            await ProbeAsync(path));
        using var head = await client.SendAsync(new(HttpMethod.Head, $"{JobsApi.Root}/{job.Id}/video"), TestContext.Current.CancellationToken);
        Assert.Equal(done.Video.Bytes, head.Content.Headers.ContentLength);
        var percents = states.Select(state => state.Percent).ToArray();
        Assert.Equal(percents.Order(), percents);
        Assert.True(percents.Distinct().Count() > 3, $"The percentage moved through {string.Join(", ", percents)} only.");
        Assert.Contains(states, state => state.Phase == Phase.Sampling && state.Segment >= 1 && state.Segments == 5);
        Assert.Contains("Finished.", await client.GetStringAsync($"{JobsApi.Root}/{job.Id}/log", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Two_people_take_turns()
    {
        using var client = await web.ClientAsync("someone");
        using var form = Samples.Form(
            await File.ReadAllBytesAsync(Samples.Path("couple.png"), TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(Samples.Path("voice-left.wav"), TestContext.Current.CancellationToken),
            "Two people talk");
        form.Add(new ByteArrayContent(await File.ReadAllBytesAsync(Samples.Path("voice-right.wav"), TestContext.Current.CancellationToken)), "voice2", "right.wav");
        using var submitted = await client.PostAsync(JobsApi.Root, form, TestContext.Current.CancellationToken);
        var job = await submitted.JobAsync();

        var done = (await client.FollowAsync(job.Id))[^1];

        Assert.Equal((JobState.Succeeded, "add", 2), (done.State, done.AudioType, done.Speakers.Count));
        Assert.Equal((896, 448, job.Plan.Frames), (done.Video!.Width, done.Video.Height, done.Video.Frames));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_cancel_ends_the_script_within_ten_seconds()
    {
        using var client = await web.ClientAsync("someone");
        using var submitted = await client.PostAsync(JobsApi.Root, Samples.Submission("""{"size":720,"steps":50}"""), TestContext.Current.CancellationToken);
        var job = await submitted.JobAsync();
        await foreach (var state in client.EventsAsync(job.Id))
        {
            if (state.Phase == Phase.Sampling)
                break;
        }

        using var canceled = await client.DeleteAsync($"{JobsApi.Root}/{job.Id}", TestContext.Current.CancellationToken);
        var since = Stopwatch.StartNew();

        Assert.Equal(HttpStatusCode.NoContent, canceled.StatusCode);
        // The workspace goes once the whole process tree has ended.
        await Eventually.GoneAsync(Path.Combine(web.Data, "workspaces", $"{job.Id}-1"));
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(10), $"It took {since.Elapsed}.");
        using var video = await client.GetAsync($"{JobsApi.Root}/{job.Id}/video", TestContext.Current.CancellationToken);
        Assert.Equal("video_not_found", await video.ProblemCodeAsync());
    }

    private static async Task<string> ProbeAsync(string path)
    {
        var start = new ProcessStartInfo("ffprobe",
            ["-v", "error", "-count_frames", "-show_entries", "stream=codec_name,width,height,avg_frame_rate,nb_read_frames,sample_rate,channels", "-of", "compact=p=0:nk=1:s=,", path])
        { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var lines = (await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // The sound has a frame rate and a count too, which say nothing.
        return $"{lines[0]}\n{string.Join(',', lines[1].Split(',')[..3])}";
    }
}

using System.Net;
using MultiTalk.Tests.Media;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Api;

public sealed class ThumbnailTests(TestWeb web) : IClassFixture<TestWeb>
{
    [Fact(Timeout = 120_000)]
    public async Task A_job_has_the_picture_of_its_input_and_then_of_its_video()
    {
        using var client = await web.ClientAsync("someone");
        await web.Jobs.PauseAsync("test", null);
        using var submitted = await client.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken);
        var id = (await submitted.JobAsync()).Id;

        // Those who come at once all get it, and it is made once.
        using var makings = new Makings(System.IO.Path.Combine(web.Data, "media", "incoming"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.GetAsync(Path(id), TestContext.Current.CancellationToken)));
        var pictures = await Task.WhenAll(answers.Select(answer => answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)));
        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.OK, "image/jpeg"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType)));
        Assert.All(pictures, picture => Assert.Equal(pictures[0], picture));
        Assert.Equal(1, await makings.CountAsync());
        Assert.Equal(["codec_name=mjpeg", "width=320", "height=320"], await FieldsAsync(pictures[0]));
        Assert.Empty(Directory.GetFileSystemEntries(System.IO.Path.Combine(web.Data, "media", "incoming")));

        var tag = answers[0].Headers.ETag!;
        using var again = await client.SendAsync(new(HttpMethod.Get, Path(id)) { Headers = { IfNoneMatch = { tag } } }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);

        await web.Jobs.ResumeAsync();
        Assert.Equal(JobState.Succeeded, (await client.FollowAsync(id))[^1].State);
        using var video = await client.SendAsync(new(HttpMethod.Get, Path(id)) { Headers = { IfNoneMatch = { tag } } }, TestContext.Current.CancellationToken);
        var ofVideo = await video.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        using var head = await client.SendAsync(new(HttpMethod.Head, Path(id)), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, video.StatusCode);
        Assert.NotEqual(tag, video.Headers.ETag);
        Assert.NotEqual(pictures[0], ofVideo);
        Assert.Equal(["codec_name=mjpeg", "width=320", "height=320"], await FieldsAsync(ofVideo));
        Assert.Equal((ofVideo.Length, video.Headers.ETag), ((int?)head.Content.Headers.ContentLength, head.Headers.ETag));
        using var other = await web.ClientAsync("somebody else");
        using var hidden = await other.GetAsync(Path(id), TestContext.Current.CancellationToken);
        Assert.Equal("job_not_found", await hidden.ProblemCodeAsync());

        // Without what it shows there is none, and nothing is left of the attempt to make one.
        foreach (var file in Directory.GetFiles(System.IO.Path.Combine(web.Data, "media", "jobs", id)))
            File.Delete(file);
        using var gone = await client.GetAsync(Path(id), TestContext.Current.CancellationToken);
        Assert.Equal("thumbnail_not_found", await gone.ProblemCodeAsync());
    }

    /// <summary>Counts the directories that are made in one: a picture is made in one of its own.</summary>
    private sealed class Makings : IDisposable
    {
        private readonly FileSystemWatcher _watcher;
        private readonly string _last;
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _count;

        public Makings(string directory)
        {
            _last = System.IO.Path.Combine(directory, "last");
            _watcher = new(directory) { NotifyFilter = NotifyFilters.DirectoryName };
            _watcher.Created += (_, made) =>
            {
                if (made.FullPath == _last)
                    _done.TrySetResult();
                else
                    _count++;
            };
            _watcher.EnableRaisingEvents = true;
        }

        /// <summary>How many were made so far.</summary>
        public async Task<int> CountAsync()
        {
            // Events come one after the other: behind this one, none is missing.
            Directory.CreateDirectory(_last);
            await _done.Task;
            Directory.Delete(_last);
            return _count;
        }

        public void Dispose() => _watcher.Dispose();
    }

    private static string Path(string id) => $"{JobsApi.Root}/{id}/thumbnail";

    private static async Task<string[]> FieldsAsync(byte[] picture)
    {
        using var directory = new TempDirectory();
        await File.WriteAllBytesAsync(directory["picture.jpg"], picture, TestContext.Current.CancellationToken);
        return await Ffmpeg.FieldsAsync(directory["picture.jpg"], "codec_name,width,height");
    }
}

using System.Net;
using System.Security.Cryptography;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Media;

/// <summary>The whole program with its media in a cloud.</summary>
public abstract class CloudWebTests(IStoreFixture fixture)
{
    [Theory(Timeout = 120_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_job_runs_and_its_video_is_downloaded(bool redirect)
    {
        await using var web = new Web(fixture, redirect);
        using var client = await web.ClientAsync("ada");
        using var submitted = await client.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken);
        var done = (await client.FollowAsync((await submitted.JobAsync()).Id))[^1];
        Assert.Equal(JobState.Succeeded, done.State);
        var place = $"{JobsApi.Root}/{done.Id}/video";

        using var answer = await client.GetAsync(place, TestContext.Current.CancellationToken);

        Assert.Equal(redirect ? HttpStatusCode.Found : HttpStatusCode.OK, answer.StatusCode);
        using var anybody = new HttpClient();
        using var video = redirect ? await anybody.GetAsync(answer.Headers.Location, TestContext.Current.CancellationToken) : answer;
        Assert.Equal("video/mp4", video.Content.Headers.ContentType?.MediaType);
        Assert.Equal(done.Video!.Sha256, Convert.ToHexStringLower(SHA256.HashData(await video.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken))));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(web.Data, "media", "incoming")));
        Assert.False(Directory.Exists(Path.Combine(web.Data, "media", "jobs")));
        using var head = await client.SendAsync(new(HttpMethod.Head, place), TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.OK, done.Video.Bytes), (head.StatusCode, head.Content.Headers.ContentLength));
        if (redirect)
            return;

        using var ranged = await client.SendAsync(new(HttpMethod.Get, place) { Headers = { Range = new(5, 9), IfRange = new(answer.Headers.ETag!) } }, TestContext.Current.CancellationToken);
        using var known = await client.SendAsync(new(HttpMethod.Get, place) { Headers = { IfNoneMatch = { answer.Headers.ETag! } } }, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.PartialContent, 5L), (ranged.StatusCode, ranged.Content.Headers.ContentLength));
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
        using var last = await client.SendAsync(new(HttpMethod.Get, place) { Headers = { Range = new(null, 7) } }, TestContext.Current.CancellationToken);
        using var behind = await client.SendAsync(new(HttpMethod.Get, place) { Headers = { Range = new(done.Video.Bytes, null) } }, TestContext.Current.CancellationToken);
        using var other = await client.SendAsync(new(HttpMethod.Get, place) { Headers = { IfMatch = { new("\"another\"") } } }, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.PreconditionFailed, "precondition_failed"), (other.StatusCode, await other.ProblemCodeAsync()));
        var whole = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.Equal(whole[5..10], await ranged.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.PartialContent, last.StatusCode);
        Assert.Equal(whole[^7..], await last.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal((HttpStatusCode.RequestedRangeNotSatisfiable, done.Video.Bytes), (behind.StatusCode, behind.Content.Headers.ContentRange?.Length));
        Assert.Equal("range_unsatisfiable", await behind.ProblemCodeAsync());
    }

    private sealed class Web(IStoreFixture fixture, bool redirect) : TestWeb(new(fixture.NewSettings()) { ["Media:Redirect"] = redirect ? "true" : "false" });
}

/// <summary>In Azure Blob Storage.</summary>
public sealed class AzureWebTests(AzuriteFixture fixture) : CloudWebTests(fixture), IClassFixture<AzuriteFixture>;

/// <summary>In S3.</summary>
public sealed class S3WebTests(S3Fixture fixture) : CloudWebTests(fixture), IClassFixture<S3Fixture>;

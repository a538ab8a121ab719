using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Tests.Api;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Media;

/// <summary>The whole program while the server of its media is away, hangs or lets it not in. Each test has the server for itself.</summary>
public abstract class MediaAwayTests(ICloudFixture server) : IAsyncLifetime
{
    public ValueTask InitializeAsync() => server.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact(Timeout = 120_000)]
    public async Task What_needs_the_store_says_that_it_is_away_keeps_nothing_and_goes_on_when_it_is_back()
    {
        await using var web = new Web(server);
        using var client = await web.ClientAsync("ada", [.. Scopes.All]);
        using var submitted = await client.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken);
        var done = (await client.FollowAsync((await submitted.JobAsync()).Id))[^1];
        Assert.Equal(JobState.Succeeded, done.State);
        var media = await MediaUploadTests.UploadAsync(client);
        var (job, upload) = ($"{JobsApi.Root}/{done.Id}", $"{MediaApi.Root}/{media.Id}");
        var used = await UsedAsync(client);

        await server.FreezeAsync();
        var answers = await Task.WhenAll(
            client.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken), client.PostAsync($"{job}/retry", null, TestContext.Current.CancellationToken),
            client.PostAsJsonAsync(JobsApi.Root, new { image = media.Id, voice1 = media.Id }, TestContext.Current.CancellationToken),
            client.PostAsync(MediaApi.Root, MediaUploadTests.Bytes(await File.ReadAllBytesAsync(Samples.Path("portrait.png"), TestContext.Current.CancellationToken), "image/png"), TestContext.Current.CancellationToken),
            client.GetAsync($"{upload}/content", TestContext.Current.CancellationToken), client.DeleteAsync(upload, TestContext.Current.CancellationToken),
            client.GetAsync($"{job}/video", TestContext.Current.CancellationToken), client.GetAsync($"{job}/thumbnail", TestContext.Current.CancellationToken));
        using var head = await client.SendAsync(new(HttpMethod.Head, $"{job}/video"), TestContext.Current.CancellationToken);

        // A voice is wanted where a picture is named, which is known without the store.
        Assert.Equal(HttpStatusCode.BadRequest, answers[2].StatusCode);
        foreach (var answer in answers.Where(answer => answer != answers[2]))
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "media_unavailable"), (answer.StatusCode, await answer.ProblemCodeAsync()));
            Assert.NotNull(answer.Headers.RetryAfter?.Delta);
        }

        Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (head.StatusCode, head.Headers.RetryAfter is not null));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(web.Data, "media", "incoming")));
        await server.ThawAsync();
        // The bytes of the one that was wrong in itself count.
        Assert.InRange(await UsedAsync(client) - used, 1, 1_000);
        Assert.Equal([done.Id], (await client.GetFromJsonAsync<JobPage>(JobsApi.Root, JsonSerializerOptions.Web, TestContext.Current.CancellationToken))!.Items.Select(item => item.Id));
        Assert.Equal([media.Id], (await client.GetFromJsonAsync<MediaPage>(MediaApi.Root, JsonSerializerOptions.Web, TestContext.Current.CancellationToken))!.Items.Select(item => item.Id));
        Assert.NotEmpty(await client.GetByteArrayAsync($"{job}/video", TestContext.Current.CancellationToken));
        Assert.NotEmpty(await client.GetByteArrayAsync($"{job}/thumbnail", TestContext.Current.CancellationToken));
        using var removed = await client.DeleteAsync(upload, TestContext.Current.CancellationToken);
        using var again = await client.PostAsync($"{job}/retry", null, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.Accepted), (removed.StatusCode, again.StatusCode));
        Assert.All(answers, answer => answer.Dispose());
    }

    [Fact(Timeout = 120_000)]
    public async Task A_video_waits_on_its_runner_until_the_store_is_back()
    {
        await using var web = new Web(server);
        using var client = await web.ClientAsync("ada");
        using var submitted = await client.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken);
        var id = (await submitted.JobAsync()).Id;

        var uploading = false;
        await foreach (var state in client.EventsAsync(id))
        {
            // Its inputs are on the runner by then.
            if (state.Phase == Phase.Sampling && !uploading)
                await server.StopAsync();
            if (state.Phase == Phase.Uploading && !uploading)
            {
                uploading = true;
                using var refused = await client.PostAsync(MediaApi.Root, MediaUploadTests.Bytes(await File.ReadAllBytesAsync(Samples.Path("portrait.png"), TestContext.Current.CancellationToken), "image/png"), TestContext.Current.CancellationToken);
                Assert.Equal("media_unavailable", await refused.ProblemCodeAsync());
                await server.StartAgainAsync();
            }
        }

        using var ended = await client.GetAsync($"{JobsApi.Root}/{id}", TestContext.Current.CancellationToken);
        var job = await ended.JobAsync();
        Assert.True(uploading);
        Assert.Equal((JobState.Succeeded, 1), (job.State, job.Attempts.Count));
        Assert.NotEmpty(await client.GetByteArrayAsync($"{JobsApi.Root}/{id}/video", TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_start_without_the_store_waits_for_it_and_says_so()
    {
        var settings = server.NewSettings();
        await server.StopAsync();
        await using var web = new Web(settings);
        using var client = await web.ClientAsync("ada", [.. Scopes.All]);

        Assert.Equal("Degraded", await web.Stranger().GetStringAsync("/health", TestContext.Current.CancellationToken));
        using var refused = await client.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken);
        Assert.Equal("media_unavailable", await refused.ProblemCodeAsync());
        Assert.Contains("Check Media:", await HealthAsync(web), StringComparison.Ordinal);

        await server.StartAgainAsync();
        while (await web.Stranger().GetStringAsync("/health", TestContext.Current.CancellationToken) != "Healthy")
        {
            // It looks every two seconds.
        }

        using var accepted = await client.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken);
        Assert.Equal(JobState.Succeeded, (await client.FollowAsync((await accepted.JobAsync()).Id))[^1].State);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_store_that_lets_nobody_in_says_so_to_operators_only()
    {
        var settings = server.NewSettings();
        server.Spoil(settings);
        await using var web = new Web(settings);
        using var client = await web.ClientAsync("ada");

        using var refused = await client.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken);

        Assert.Equal("media_unavailable", await refused.ProblemCodeAsync());
        Assert.DoesNotContain("403", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("403", await HealthAsync(web), StringComparison.Ordinal);
        Assert.Equal("Degraded", await web.Stranger().GetStringAsync("/health", TestContext.Current.CancellationToken));
    }

    private static async Task<string> HealthAsync(TestWeb web) => (await web.Services.GetHealth().CheckHealthAsync(TestContext.Current.CancellationToken)).Entries["media"].Description!;

    private static async Task<long> UsedAsync(HttpClient client) => (await client.GetFromJsonAsync<MeDocument>(MeApi.Root, TestContext.Current.CancellationToken))!.Usage.UploadBytes;

    private sealed class Web(Dictionary<string, string> settings) : TestWeb(new(settings) { ["Media:Redirect"] = "false", ["Media:Timeout"] = "00:00:01" })
    {
        public Web(ICloudFixture server)
            : this(server.NewSettings())
        {
        }
    }
}

/// <summary>Azure Blob Storage.</summary>
public sealed class AzureAwayTests() : MediaAwayTests(new AzuriteFixture());

/// <summary>S3.</summary>
public sealed class S3AwayTests() : MediaAwayTests(new S3Fixture());

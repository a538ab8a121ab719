using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Tests.Jobs;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Tests.Api;

public sealed class StoreFullTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_full_Redis_takes_no_new_job_and_lets_those_that_it_has_end()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var web = new WebOn(redis);
        using var user = await web.ClientAsync("ada");
        using var runner = await web.RunnerClientAsync();
        var name = Guid.NewGuid().ToString("n");
        using var registered = await runner.PostAsJsonAsync(RunnerProtocol.Register, Requests.Registration(name, "preview"), TestContext.Current.CancellationToken);
        var places = new List<string>();
        for (var job = 0; job < 4; job++)
        {
            using var submitted = await user.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken);
            await submitted.JobAsync();
            var claim = await web.Jobs.ClaimAsync(Requests.Runner(name, "preview"), TestContext.Current.CancellationToken);
            places.Add(RunnerProtocol.Attempt(name, claim!.Id, 1));
        }

        await redis.Server.ConfigSetAsync("maxmemory", 1);
        var before = Media(web);
        using var refused = await user.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken);
        using var keyed = await user.SendAsync(new(HttpMethod.Post, JobsApi.Root) { Content = Samples.Submission(), Headers = { { "Idempotency-Key", "one" } } }, TestContext.Current.CancellationToken);

        Assert.Equal([HttpStatusCode.InsufficientStorage, HttpStatusCode.InsufficientStorage], [refused.StatusCode, keyed.StatusCode]);
        Assert.Equal(["store_full", "store_full"], [await refused.ProblemCodeAsync(), await keyed.ProblemCodeAsync()]);
        Assert.Equal(before, Media(web));

        byte[] output = [1, 2, 3];
        var sha256 = SHA256.HashData(output);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(runner.PostAsJsonAsync($"{places[0]}/heartbeat", new Heartbeat(new(Phase.Sampling, 1, 1, 5), ["a line"]), TestContext.Current.CancellationToken)));
        Assert.Equal(HttpStatusCode.NoContent, await StatusAsync(runner.SendAsync(new(HttpMethod.Put, $"{places[0]}/output")
        {
            Content = new ByteArrayContent(output),
            Headers = { { "Repr-Digest", $"sha-256=:{Convert.ToBase64String(sha256)}:" } },
        }, TestContext.Current.CancellationToken)));
        Assert.Equal(HttpStatusCode.NoContent, await StatusAsync(runner.PostAsJsonAsync(
            $"{places[0]}/complete", new VideoFacts(640, 640, 247, 25, 9.88, output.Length, Convert.ToHexStringLower(sha256)), TestContext.Current.CancellationToken)));
        Assert.Equal(HttpStatusCode.NoContent, await StatusAsync(runner.PostAsJsonAsync($"{places[1]}/fail", new JobError("a", "b", "c", "d", ["e"], Retryable: false), TestContext.Current.CancellationToken)));
        Assert.Equal(HttpStatusCode.NoContent, await StatusAsync(runner.PostAsync($"{places[2]}/release", null, TestContext.Current.CancellationToken)));
        Assert.Equal(HttpStatusCode.NoContent, await StatusAsync(user.DeleteAsync($"{JobsApi.Root}/{places[3].Split('/')[6]}", TestContext.Current.CancellationToken)));
        Assert.Equal(
            [(JobState.Queued, 1), (JobState.Running, 0), (JobState.Succeeded, 1), (JobState.Failed, 1), (JobState.Canceled, 1)],
            (await web.Jobs.CountsAsync()).Select(count => (count.Key, (int)count.Value)));

        await redis.Server.ConfigSetAsync("maxmemory", 0);
        using var accepted = await user.SendAsync(new(HttpMethod.Post, JobsApi.Root) { Content = Samples.Submission(), Headers = { { "Idempotency-Key", "one" } } }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_Redis_whose_disk_takes_nothing_says_the_same()
    {
        // A snapshot under a name that no file can have fails as it does on a full disk.
        await using var redis = await OwnRedis.StartAsync("--save", "3600 1", "--dbfilename", new string('x', 300));
        await using var web = new WebOn(redis);
        using var user = await web.ClientAsync("ada");
        await Assert.ThrowsAsync<RedisServerException>(async () =>
        {
            await redis.Server.SaveAsync(SaveType.BackgroundSave);
            // Until it has failed.
            while (!TestContext.Current.CancellationToken.IsCancellationRequested)
                await redis.Database.StringSetAsync("{mt}:any", "thing");
        });

        using var refused = await user.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.InsufficientStorage, "store_full"), (refused.StatusCode, await refused.ProblemCodeAsync()));
    }

    private static string[] Media(TestWeb web) => [.. Directory.GetFileSystemEntries(Path.Combine(web.Data, "media"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static async Task<HttpStatusCode> StatusAsync(Task<HttpResponseMessage> asked)
    {
        using var answer = await asked;
        return answer.StatusCode;
    }
}

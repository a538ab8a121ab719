using System.Net;
using System.Net.Http.Headers;
using MultiTalk.Tests.Api;
using MultiTalk.Web.Api;

namespace MultiTalk.Tests.Access;

public sealed class WelcomeTests
{
    private const string Key = "a key of the tests, long enough to be taken";

    [Fact(Timeout = 60_000)]
    public async Task A_Web_starts_without_its_Redis_says_that_it_is_not_healthy_and_takes_its_key_once_Redis_is_there()
    {
        await using var redis = OwnRedis.Absent();
        await using var web = new WebOn(redis, ("Access:ApiKey", Key));
        using var client = web.Stranger();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);

        using var health = await client.GetAsync("/health", TestContext.Current.CancellationToken);
        using var alive = await web.Stranger().GetAsync("/alive", TestContext.Current.CancellationToken);
        using var away = await client.GetAsync(JobsApi.Root, TestContext.Current.CancellationToken);
        await redis.LaunchAsync();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (health.StatusCode, alive.StatusCode));
        Assert.Equal("store_unavailable", await away.ProblemCodeAsync());
        HttpResponseMessage back;
        while (!(back = await client.GetAsync(JobsApi.Root, TestContext.Current.CancellationToken)).IsSuccessStatusCode)
            back.Dispose();
        // It listens to what happens, too: it was not there to be subscribed to at the start.
        using var submitted = await client.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken);
        var id = (await submitted.JobAsync()).Id;
        await using var news = client.NewsAsync(id).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await news.MoveNextAsync());
        await web.Jobs.CancelAsync(id);
        Assert.True(await news.MoveNextAsync());
        Assert.Equal("canceled", news.Current.EventType);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_Web_starts_on_a_full_Redis_and_knows_the_key_that_it_knew()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using (new WebOn(redis, ("Access:ApiKey", Key), ("Access:RunnerToken", Key + " too")))
            await redis.Server.ConfigSetAsync("maxmemory", 1);

        await using var web = new WebOn(redis, ("Access:ApiKey", Key), ("Access:RunnerToken", Key + " too"));
        using var client = web.Stranger();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        using var answer = await client.GetAsync(JobsApi.Root, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}

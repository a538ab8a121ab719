using MultiTalk.Web.Api;

namespace MultiTalk.Tests.Api;

public sealed class RetentionTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_job_that_ended_long_ago_goes_with_its_media_and_one_that_waits_stays()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var web = new WebOn(redis, ("Jobs:Retention", "00:00:01"), ("Jobs:SweepEvery", "00:00:00.1"));
        using var client = await web.ClientAsync("ada");
        var ended = await (await client.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken)).JobAsync();
        var waits = await (await client.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken)).JobAsync();
        var media = Path.Combine(web.Data, "media", "jobs");
        using var canceled = await client.DeleteAsync($"{JobsApi.Root}/{ended.Id}", TestContext.Current.CancellationToken);

        await Eventually.GoneAsync(Path.Combine(media, ended.Id));

        while (await web.Jobs.FindAsync(ended.Id) is not null)
        {
            // Its record follows its files.
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }

        using var gone = await client.GetAsync($"{JobsApi.Root}/{ended.Id}", TestContext.Current.CancellationToken);
        Assert.Equal("job_not_found", await gone.ProblemCodeAsync());
        Assert.Equal(waits.Id, Assert.Single(await web.Jobs.ListAsync(new("ada"), null, 10)).Id);
        Assert.Equal(waits.Id, Path.GetFileName(Assert.Single(Directory.GetDirectories(media))));
        Assert.DoesNotContain(redis.Server.Keys(), key => key.ToString().Contains(ended.Id, StringComparison.Ordinal));
    }
}

using System.Net;
using MultiTalk.Web.Api;

namespace MultiTalk.Tests.Faults;

/// <summary>Redis is killed, absent or robbed of its scripts. What was accepted stays, and what runs goes on.</summary>
public sealed class RedisFaultsTests
{
    [Fact(Timeout = 120_000)]
    public async Task A_Redis_that_is_killed_and_started_again_disturbs_no_generation()
    {
        await using var cluster = await Cluster.StartAsync(1, TestContext.Current.CancellationToken);
        var held = cluster.Gate.HoldAsync(Gate.Started);
        await cluster.StartRunnerAsync();
        var running = await cluster.SubmitAsync(TestContext.Current.CancellationToken);
        var script = await held;
        var queued = await cluster.SubmitAsync(TestContext.Current.CancellationToken);

        await cluster.RedisServer.KillAsync();
        using var refused = await cluster.Client.GetAsync(JobsApi.Root, TestContext.Current.CancellationToken);
        await cluster.RedisServer.StartAsync();
        script.Go();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (refused.StatusCode, refused.Headers.RetryAfter is not null));
        await AssertSucceededAtOnceAsync(cluster, running.Id, queued.Id);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_Web_that_starts_before_its_Redis_serves_once_there_is_one()
    {
        await using var cluster = await Cluster.StartAsync(1, TestContext.Current.CancellationToken);
        await cluster.StartRunnerAsync();
        await cluster.RedisServer.KillAsync();
        await cluster.Webs[0].KillAsync();

        var starting = cluster.StartWebAsync(0);
        await cluster.RedisServer.StartAsync();
        await starting;

        var job = await cluster.SubmitAsync(TestContext.Current.CancellationToken);
        await AssertSucceededAtOnceAsync(cluster, job.Id);
    }

    [Fact(Timeout = 120_000)]
    public async Task Scripts_that_Redis_forgot_are_loaded_again_when_they_are_needed()
    {
        await using var cluster = await Cluster.StartAsync(1, TestContext.Current.CancellationToken);
        var held = cluster.Gate.HoldAsync(Gate.Started);
        await cluster.StartRunnerAsync();
        var job = await cluster.SubmitAsync(TestContext.Current.CancellationToken);
        var script = await held;

        await using (var redis = await cluster.ConnectAsync())
            await redis.GetServers()[0].ScriptFlushAsync();
        script.Go();

        await AssertSucceededAtOnceAsync(cluster, job.Id, (await cluster.SubmitAsync(TestContext.Current.CancellationToken)).Id);
    }

    private static async Task AssertSucceededAtOnceAsync(Cluster cluster, params string[] ids)
    {
        var history = new HistoryChecker();
        foreach (var ended in await Task.WhenAll(ids.Select(id => cluster.FollowAsync(id, history))))
        {
            Outcome.AssertIs(ended, "succeeded");
            await Results.AssertTrueAsync(cluster.Client, ended);
        }

        await Leftovers.AssertNoneAsync(cluster);
        history.AssertSound();
    }
}

using System.Net;
using MultiTalk.Web.Api;

namespace MultiTalk.Tests.Faults;

/// <summary>No room is left: on the disk of the media, or on Redis.</summary>
public sealed class FullTests
{
    // Takes the inputs of some jobs and one video.
    private const string MediaBytes = "2m";

    [Fact(Timeout = 120_000)]
    public async Task Media_on_a_full_disk_are_refused_and_a_finished_video_waits_until_there_is_room()
    {
        await using var cluster = await Cluster.StartAsync(1, TestContext.Current.CancellationToken);
        using var disk = SmallDisk.Over(cluster.Media, MediaBytes);
        foreach (var name in new[] { "jobs", "incoming" })
            Directory.CreateDirectory(Path.Combine(cluster.Media, name));
        var held = cluster.Gate.HoldAsync(Gate.Started);
        var runner = await cluster.StartRunnerAsync();
        var job = await cluster.SubmitAsync(TestContext.Current.CancellationToken);
        var script = await held;
        disk.Fill();

        using var refused = await PostAsync(cluster);
        var waits = runner.NextLineAsync("trying again for a while");
        script.Go();
        await waits;
        disk.MakeRoom();

        Assert.Equal("storage_full", await refused.ProblemCodeAsync());
        var history = new HistoryChecker();
        var ended = await cluster.FollowAsync(job.Id, history);
        Outcome.AssertIs(ended, "succeeded");
        await Results.AssertTrueAsync(cluster.Client, ended);
        await Leftovers.AssertNoneAsync(cluster);
        history.AssertSound();
    }

    [Fact(Timeout = 120_000)]
    public async Task A_full_Redis_refuses_new_jobs_while_accepted_ones_complete_are_canceled_and_after_a_failure_or_a_drain_run_again()
    {
        await using var cluster = await Cluster.StartAsync(1, TestContext.Current.CancellationToken);
        var history = new HistoryChecker();
        await using var redis = await cluster.ConnectAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => cluster.StartRunnerAsync()));
        var scripts = new List<Arrival>();
        for (var number = 0; number < 4; number++)
        {
            var held = cluster.Gate.HoldAsync(Gate.Started);
            await cluster.SubmitAsync(TestContext.Current.CancellationToken);
            scripts.Add(await held);
        }

        var (completes, fails, canceled, released) = (scripts[0], scripts[1], scripts[2], scripts[3]);
        var identity = (await cluster.JobAsync(released.Job)).Attempts[0].Runner;
        var stopped = cluster.Runners.Single(runner => runner.Output.Contains(identity, StringComparison.Ordinal));
        await redis.GetServers()[0].ConfigSetAsync("maxmemory", "1");
        using var refused = await PostAsync(cluster);
        completes.Go();
        await cluster.CancelAsync(canceled.Job);
        await canceled.DeadAsync();
        Assert.Equal(0, (await stopped.TerminateAsync()).ExitCode);
        fails.Crash();
        var ended = new List<JobDocument>();
        foreach (var script in scripts)
            ended.Add(await cluster.FollowAsync(script.Job, history));
        using var stillRefused = await PostAsync(cluster);
        await redis.GetServers()[0].ConfigSetAsync("maxmemory", "0");

        foreach (var answer in new[] { refused, stillRefused })
            Assert.Equal((HttpStatusCode.InsufficientStorage, "store_full"), (answer.StatusCode, await answer.ProblemCodeAsync()));
        // Nothing of it waited for room.
        foreach (var (job, outcomes) in ended.Zip<JobDocument, string[]>([["succeeded"], ["failed", "succeeded"], ["canceled"], ["released", "succeeded"]]))
            Outcome.AssertIs(job, outcomes);
        Outcome.AssertIs(await cluster.FollowAsync((await cluster.SubmitAsync(TestContext.Current.CancellationToken)).Id, history), "succeeded");
        await Leftovers.AssertNoneAsync(cluster);
        history.AssertSound();
    }

    private static async Task<HttpResponseMessage> PostAsync(Cluster cluster)
    {
        using var form = await Submissions.NewAsync();
        return await cluster.Client.PostAsync(JobsApi.Root, form, TestContext.Current.CancellationToken);
    }
}

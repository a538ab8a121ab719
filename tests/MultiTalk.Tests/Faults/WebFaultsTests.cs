using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Faults;

/// <summary>A Web ends while it is watched, and many clients insist on the same job.</summary>
public sealed class WebFaultsTests
{
    private static readonly int _posts = Environment.GetEnvironmentVariable("MULTITALK_SCALE") == "full" ? 100 : 25;

    [Theory(Timeout = 120_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Watchers_of_a_Web_that_is_killed_or_stopped_go_on_at_the_event_where_they_were(bool kill)
    {
        await using var cluster = await Cluster.StartAsync(1, TestContext.Current.CancellationToken);
        var history = new HistoryChecker();
        var held = cluster.Gate.HoldAsync(Gate.Started);
        await cluster.StartRunnerAsync();
        var job = await cluster.SubmitAsync(TestContext.Current.CancellationToken);
        var script = await held;
        var followers = Enumerable.Range(0, 20).Select(_ => new JobFollower(cluster.Client, job.Id)).ToList();
        var following = followers.ConvertAll(follower => follower.FollowAsync(history));
        await Task.WhenAll(followers.Select(follower => follower.Watching)).WaitAsync(TestContext.Current.CancellationToken);

        if (kill)
            await cluster.Webs[0].KillAsync();
        else
            Assert.Equal(0, (await cluster.Webs[0].TerminateAsync()).ExitCode);
        await cluster.StartWebAsync(0);
        script.Go();

        var ends = await Task.WhenAll(following);
        Assert.All(ends, end => Assert.Equal((JobState.Succeeded, 1), (end.State, end.Attempt)));
        Assert.All(followers, follower => Assert.True(follower.Reconnects > 0, "It never lost its stream."));
        Assert.Equal(0, history.Snapshots);
        history.AssertSound();
        await Leftovers.AssertNoneAsync(cluster);
    }

    [Fact(Timeout = 120_000)]
    public async Task Many_identical_posts_with_one_idempotency_key_at_once_are_one_job()
    {
        await using var cluster = await Cluster.StartAsync(2, TestContext.Current.CancellationToken);
        var answers = await Task.WhenAll(Enumerable.Range(0, _posts).Select(_ => PostAsync(cluster)));

        Assert.Single(answers.Select(job => job.Id).Distinct());
        Assert.Single(await cluster.JobsAsync());
        // What the others uploaded is gone.
        Assert.Single(Directory.GetDirectories(Path.Combine(cluster.Media, "jobs")));
        await cluster.CancelAsync(answers[0].Id);
        await Leftovers.AssertNoneAsync(cluster);
    }

    private static async Task<JobDocument> PostAsync(Cluster cluster)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, JobsApi.Root) { Content = await Submissions.NewAsync(), Headers = { { "Idempotency-Key", "the same" } } };
        using var answer = await cluster.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return await answer.JobAsync();
    }
}

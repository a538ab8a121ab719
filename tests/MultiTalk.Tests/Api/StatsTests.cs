using System.Diagnostics;
using System.Net.Http.Json;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Tests.Jobs;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Api;

public sealed class StatsTests : OwnRedisTests
{
    private static readonly VideoFacts _video = new(640, 640, 247, 25, 9.88, 1000, new string('a', 64));

    [Theory(Timeout = 60_000)]
    [InlineData(StatsWindow.Hour)]
    [InlineData(StatsWindow.Day)]
    [InlineData(StatsWindow.Week)]
    public async Task What_ended_is_counted_with_its_times(StatsWindow window)
    {
        // Each waited a minute; the attempts took from one to a hundred seconds.
        for (var job = 1; job <= 100; job++)
            await Web.Jobs.CompleteAsync(await ClaimAsync(await SubmitAsync("ada"), waited: 60_000, ran: job * 1_000), _video);
        for (var job = 0; job < 25; job++)
            await Web.Jobs.FailAsync(await ClaimAsync(await SubmitAsync("bob")), new("broken", "t", "c", "r", [], Retryable: false));
        await Web.Jobs.FailAsync(await ClaimAsync(await SubmitAsync("bob")), new("again", "t", "c", "r", []));
        await Web.Jobs.CancelAsync(await SubmitAsync("bob"));

        var stats = await Web.Jobs.StatsAsync(window).WaitAsync(TestContext.Current.CancellationToken);

        var engine = Assert.Single(stats.Engines);
        Assert.Equal(("any", 1, 0, 100, 25, 1, 0.8), (engine.Engine, engine.Queued, engine.Running, engine.Succeeded, engine.Failed, engine.Canceled, engine.SuccessRate));
        Assert.InRange(engine.WaitSeconds!.P95, 54, 66);
        Assert.InRange(engine.RunSeconds!.P50, 45, 55);
        Assert.InRange(engine.RunSeconds.P95, 85, 105);
        Assert.Equal([("again", 1L), ("broken", 25L)], stats.Failures.OrderBy(entry => entry.Key).Select(entry => (entry.Key, entry.Value)));
        Assert.Equal(Math.Round(engine.Succeeded / (stats.At - stats.Since).TotalHours, 2), engine.PerHour);
        // A second that began counts, and what is read is rounded.
        Assert.InRange(stats.GpuHours["ada"], 5_050 / 3_600d, 5_200 / 3_600d);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_waits_and_runs_and_what_runners_do_is_told_as_it_is_now()
    {
        foreach (var runner in new[] { "busy", "idle", "drained", "gone" })
            await Web.Jobs.RegisterAsync(Requests.Registration(runner, "any"));
        await Web.Jobs.DrainAsync("drained", now: false);
        await Web.Jobs.LeaveAsync("gone");
        await SubmitAsync("ada");
        await Web.Jobs.ClaimAsync(Requests.Runner("busy", "any"), TestContext.Current.CancellationToken);
        var oldest = await SubmitAsync("ada");
        await SubmitAsync("bob");
        await Redis.Database.HashDecrementAsync(Keys.Job(oldest), "createdAt", 90_000);

        var stats = await Web.Jobs.StatsAsync(StatsWindow.Hour);

        var engine = Assert.Single(stats.Engines);
        Assert.Equal((2, 1, null, null), (engine.Queued, engine.Running, engine.SuccessRate, engine.RunSeconds));
        Assert.InRange(engine.OldestSeconds!.Value, 90, 150);
        Assert.Equal(
            new Dictionary<RunnerState, int> { [RunnerState.Busy] = 1, [RunnerState.Idle] = 1, [RunnerState.Draining] = 1, [RunnerState.Offline] = 1 }, stats.Runners);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("read", "ada")]
    [InlineData("read-all", "ada bob")]
    [InlineData("read,operate", "ada bob")]
    public async Task Whose_hours_are_told_depends_on_who_asks(string scopes, string owners)
    {
        foreach (var owner in new[] { "ada", "bob" })
            await Web.Jobs.CompleteAsync(await ClaimAsync(await SubmitAsync(owner)), _video);
        using var client = await Web.ClientAsync("ada", scopes.Split(','));

        using var answer = await client.GetAsync(StatsApi.Root + "?window=24h", TestContext.Current.CancellationToken);

        Assert.Equal("private, max-age=5", answer.Headers.GetValues("Cache-Control").Single().Replace("max-age=5, private", "private, max-age=5", StringComparison.Ordinal));
        var stats = await answer.Content.ReadFromJsonAsync<JobStats>(TestContext.Current.CancellationToken);
        Assert.Equal(owners, string.Join(' ', stats!.GpuHours.Keys.Order(StringComparer.Ordinal)));
        using var refused = await client.GetAsync(StatsApi.Root + "?window=2h", TestContext.Current.CancellationToken);
        Assert.Equal("window_unknown", await refused.ProblemCodeAsync());
    }

    [Fact(Timeout = 120_000)]
    public async Task Ten_thousand_jobs_that_wait_cost_some_milliseconds_and_what_is_counted_expires()
    {
        await Web.Jobs.CompleteAsync(await ClaimAsync(await SubmitAsync("ada")), _video);
        foreach (var part in Enumerable.Range(0, 10_000).Chunk(1_000))
            await Task.WhenAll(part.Select(number => SubmitAsync($"owner {number % 50}"))).WaitAsync(TestContext.Current.CancellationToken);
        await Web.Jobs.StatsAsync(StatsWindow.Week);

        var times = new List<double>();
        for (var round = 0; round < 10; round++)
        {
            var since = Stopwatch.GetTimestamp();
            Assert.Equal(10_000, (await Web.Jobs.StatsAsync(StatsWindow.Week)).Engines.Single().Queued);
            times.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{times.Min():0.0} ms at best, {times.Order().ElementAt(5):0.0} ms in the middle");
        // Far more than it takes; a scan of all jobs takes seconds.
        Assert.InRange(times.Min(), 0, 250);
        var counted = (string[])(await Redis.Database.ExecuteAsync("KEYS", "{mt}:counts:*"))!;
        Assert.NotEmpty(counted);
        Assert.All(counted, key => Assert.InRange(Redis.Database.KeyTimeToLive(key)!.Value.TotalDays, 0.05, 8));
    }

    private async Task<string> SubmitAsync(string owner)
    {
        var id = JobStore.NewId();
        var request = Requests.For("any");
        await Web.Jobs.SubmitAsync(new(id, owner, request));
        return id;
    }

    // As if it had been submitted and claimed so many milliseconds earlier.
    private async Task<Holder> ClaimAsync(string id, long waited = 0, long ran = 0)
    {
        await Web.Jobs.PrioritizeAsync(id, null, front: true);
        var holder = (await Web.Jobs.ClaimAsync(Requests.Runner("runner", "any"), TestContext.Current.CancellationToken))!.Holder!;
        Assert.Equal(id, holder.Job);
        await Redis.Database.HashDecrementAsync(Keys.Job(id), "createdAt", waited);
        await Redis.Database.HashDecrementAsync(Keys.Job(id), "attempt:1:startedAt", ran);
        return holder;
    }
}

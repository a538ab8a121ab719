using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Faults;

/// <summary>Many jobs of many owners, while everything is killed or frozen that can be.</summary>
public sealed class SoakTests
{
    private readonly Tally _tally = new();

    [Fact(Timeout = 900_000)]
    public async Task Every_job_succeeds_once_while_runners_a_Web_and_Redis_are_killed_and_a_runner_freezes()
    {
        var scale = Scale.Now;
        var history = new HistoryChecker();
        await using var cluster = await Cluster.StartAsync(2, TestContext.Current.CancellationToken, ("Jobs__Lease", "00:00:04"));
        await Task.WhenAll(Enumerable.Range(0, scale.Runners).Select(_ => cluster.StartRunnerAsync(gated: false)));
        _tally.Note($"{scale.Jobs} jobs of {scale.Owners} owners, {scale.Runners} runners, {cluster.Webs.Count} Webs, one Redis with an append-only file");

        var owners = await Task.WhenAll(Enumerable.Range(1, scale.Owners).Select(number => cluster.OwnerAsync($"owner {number}")));
        var jobs = Task.WhenAll(owners.Select(owner => SubmitAndFollowAsync(cluster, owner, scale.Jobs / scale.Owners, history)));
        await InjectAsync(cluster, history);
        var ended = (await jobs).SelectMany(job => job).ToList();
        _tally.Note("All have ended.");

        var listed = await cluster.JobsAsync();
        Assert.All(listed, history.Poll);
        Print(history, listed);
        Assert.Equal(ended.Select(job => job.Id).Order(), listed.Select(job => job.Id).Order());
        Assert.All(listed, job => Assert.Equal(JobState.Succeeded, job.State));
        foreach (var job in listed)
            await Results.AssertTrueAsync(cluster.Client, job);
        _tally.Note($"{listed.Count} videos have the length and the SHA-256 of their records.");
        await DeleteCutOffUploadsAsync(cluster);
        await Leftovers.AssertNoneAsync(cluster);
        _tally.Note("0 processes, 0 workspaces, 0 uploads and 0 index entries are left.");
        history.AssertSound();
        _tally.Note($"{history.Events} events, {history.Snapshots} snapshots after a gap, 0 violations.");
    }

    // A job that was hit once is spared, so that three failures are enough for each: only the first attempt of a job is a target.
    private async Task InjectAsync(Cluster cluster, HistoryChecker history)
    {
        var runners = cluster.Runners;
        var frozen = await BusyAsync(runners[2]);
        runners[2].Send(Signal.Stop);
        _tally.Note($"SIGSTOP runner 3, which works on {frozen}");
        var lost = new JobFollower(cluster.Client, frozen).FollowAsync(history, seen => seen.Attempt > 1 || (seen.Attempt == 1 && seen.State == JobState.Queued));

        foreach (var number in new[] { 1, 2 })
        {
            var hit = await BusyAsync(runners[number - 1]);
            await runners[number - 1].KillAsync();
            _tally.Note($"kill -9 runner {number}, which works on {hit}; it is started again");
            await runners[number - 1].StartAsync();
        }

        await cluster.Webs[0].KillAsync();
        _tally.Note("kill -9 Web 1; it is started again");
        await cluster.StartWebAsync(0);

        await BusyAsync(runners[0]);
        await cluster.RedisServer.KillAsync();
        _tally.Note("kill -9 Redis; it is started again with its append-only file");
        await cluster.RedisServer.StartAsync();

        await lost;
        var fenced = runners[2].NextLineAsync("was canceled or given to another runner");
        runners[2].Send(Signal.Continue);
        _tally.Note($"SIGCONT runner 3, whose job {frozen} was given to another");
        await fenced;
        _tally.Note("Runner 3 has seen that it is fenced.");
    }

    // What the killed Web was receiving might as well be the other's: it is deleted by a Web that starts when it is old.
    private async Task DeleteCutOffUploadsAsync(Cluster cluster)
    {
        var uploads = Directory.GetDirectories(Path.Combine(cluster.Media, "incoming"));
        _tally.Note($"{uploads.Length} uploads were cut off when Web 1 was killed; a Web that starts a day later deletes them.");
        if (uploads.Length == 0)
            return;
        foreach (var upload in uploads)
            Directory.SetLastWriteTimeUtc(upload, DateTime.UtcNow.AddDays(-1));
        await cluster.Webs[0].KillAsync();
        await cluster.StartWebAsync(0);
    }

    private static async Task<string> BusyAsync(ClusterProcess runner)
    {
        var line = await runner.NextLineAsync("Started attempt 1 at job ");
        return line[(line.IndexOf(" at job ", StringComparison.Ordinal) + 8)..].Split(':')[0];
    }

    private static async Task<IReadOnlyList<JobDocument>> SubmitAndFollowAsync(Cluster cluster, HttpClient owner, int count, HistoryChecker history)
    {
        var jobs = new List<Task<JobDocument>>();
        for (var number = 0; number < count; number++)
        {
            var job = await Cluster.SubmitAsync(owner, TestContext.Current.CancellationToken);
            jobs.Add(cluster.FollowAsync(job.Id, history));
        }

        return await Task.WhenAll(jobs);
    }

    private void Print(HistoryChecker history, IReadOnlyList<JobDocument> jobs)
    {
        foreach (var state in jobs.GroupBy(job => job.State))
            _tally.Note($"{state.Count()} jobs {state.Key}");
        foreach (var outcome in jobs.SelectMany(job => job.Attempts).GroupBy(attempt => attempt.Outcome))
            _tally.Note($"{outcome.Count()} attempts {outcome.Key}");
        _tally.Note(FormattableString.Invariant($"{jobs.Count / _tally.Seconds:0.00} jobs a second"));
        foreach (var violation in history.Violations.Take(20))
            _tally.Note(violation);
    }
}

using System.Globalization;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Jobs;

/// <summary>What a job may cost on Redis however long it lives, and that nothing of it is left when it is forgotten.</summary>
public sealed class BoundsTests(OwnRedis redis) : IClassFixture<OwnRedis>
{
    private static readonly Runner _runner = Requests.Runner("runner", "any");
    private static readonly VideoFacts _video = new(640, 640, 247, 25, 9.88, 1000, new string('a', 64));

    [Fact(Timeout = 120_000)]
    public async Task A_job_that_is_drained_a_hundred_times_takes_no_more_memory_than_one_that_was_forty_times()
    {
        await redis.ClearAsync();
        var store = redis.Store();
        var id = await SubmitAsync(store);
        var sizes = new List<long>();
        for (var drain = 1; drain <= 100; drain++)
        {
            var claim = await store.ClaimAsync(_runner, TestContext.Current.CancellationToken);
            for (var beat = 0; beat < 6; beat++)
                await store.HeartbeatAsync(claim!.Holder!, new(new(Phase.Sampling, beat, 1, 5), [.. Enumerable.Repeat(new string('x', 3_000), 100)]));
            Assert.True(await store.ReleaseAsync(claim!.Holder!));
            if (drain % 20 == 0)
                sizes.Add(await MemoryAsync(Keys.Job(id)!, Keys.JobEvents(id)!, Keys.JobLog(id)!));
        }

        var job = (await store.FindAsync(id))!;
        Assert.Equal(Enumerable.Range(81, 20), job.Attempts.Select(attempt => attempt.Number));
        Assert.Equal(200, await redis.Database.ListLengthAsync(Keys.JobEvents(id)));
        var log = await store.LogAsync(id);
        Assert.Equal((1_000, Heartbeat.MaxLine), (log.Count, log.Max(line => line.Length)));
        // Longer numbers; and the hash is a little larger or smaller as its table grows.
        Assert.InRange(sizes[^1], 1, sizes[1] + 4_096);
    }

    [Fact(Timeout = 120_000)]
    public async Task Two_sweepers_at_once_count_a_lost_lease_once()
    {
        await redis.ClearAsync();
        var (store, other) = (redis.Store(options: new() { MaxFailures = 100 }), redis.Store(options: new() { MaxFailures = 100 }));
        var id = await SubmitAsync(store);
        for (var round = 1; round <= 50; round++)
        {
            await store.ClaimAsync(_runner, TestContext.Current.CancellationToken);
            await redis.Database.SortedSetAddAsync(Keys.Leases, id, 1);

            await Task.WhenAll(store.SweepAsync(), other.SweepAsync());

            Assert.Equal(round, await redis.Database.HashGetAsync(Keys.Job(id), "failures"));
            Assert.Equal(JobState.Queued, (await store.FindAsync(id))!.State);
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Two_that_forget_at_once_leave_nothing_but_what_has_not_ended()
    {
        await redis.ClearAsync();
        var (store, other) = (redis.Store(), redis.Store());
        var ended = new List<string>();
        for (var job = 0; job < 120; job++)
        {
            ended.Add(await SubmitAsync(store));
            await store.CompleteAsync((await store.ClaimAsync(_runner, TestContext.Current.CancellationToken))!.Holder!, _video);
            await redis.Database.SortedSetAddAsync(Keys.Ended, ended[^1], 1);
        }

        var running = await SubmitAsync(store);
        await store.ClaimAsync(_runner, TestContext.Current.CancellationToken);
        var queued = await SubmitAsync(store);

        await store.ForgetAsync(running);
        await store.ForgetAsync(queued);
        while ((await store.OutdatedAsync()) is { Count: > 0 } outdated)
            await Task.WhenAll(outdated.SelectMany(id => new[] { store.ForgetAsync(id), other.ForgetAsync(id) }));

        Assert.Equal(new HashSet<string> { queued, running }, (await store.ListAsync(new(), null, 10)).Select(job => job.Id).ToHashSet());
        Assert.Empty(await store.ListAsync(new(State: JobState.Succeeded), null, 10));
        string[] keys = (string[])(await redis.Database.ExecuteAsync("KEYS", "*"))!;
        Assert.DoesNotContain(keys, key => ended.Any(key.Contains));
        Assert.Equal(0, await redis.Database.SortedSetLengthAsync(Keys.Ended));
    }

    [Fact(Timeout = 120_000)]
    public async Task The_web_forgets_a_job_that_ended_long_ago_with_its_media_and_no_other()
    {
        await using var web = new ShortMemory();
        var (ended, waiting) = (await SubmitAsync(web.Jobs), await SubmitAsync(web.Jobs));
        foreach (var id in new[] { ended, waiting })
            await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(Path.Combine(web.Data, "media", "jobs", id)).FullName, "image.png"), "", TestContext.Current.CancellationToken);
        await web.Jobs.CancelAsync(ended);

        while (await web.Jobs.FindAsync(ended) is not null)
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();

        Assert.False(Directory.Exists(Path.Combine(web.Data, "media", "jobs", ended)));
        Assert.True(Directory.Exists(Path.Combine(web.Data, "media", "jobs", waiting)));
        Assert.Equal([waiting], (await web.Jobs.ListAsync(new(), null, 10)).Select(job => job.Id));
    }

    private static async Task<string> SubmitAsync(JobStore store)
    {
        var id = JobStore.NewId();
        await store.SubmitAsync(new(id, "someone", Requests.For("any")));
        return id;
    }

    private async Task<long> MemoryAsync(params string[] keys)
    {
        var bytes = 0L;
        foreach (var key in keys)
            bytes += long.Parse((await redis.Database.ExecuteAsync("MEMORY", "USAGE", key, "SAMPLES", 0)).ToString(), CultureInfo.InvariantCulture);
        return bytes;
    }

    private sealed class ShortMemory() : TestWeb(new()
    {
        ["Embedded:Runner"] = "false",
        ["Jobs:Retention"] = "00:00:01",
        ["Jobs:SweepEvery"] = "00:00:00.1",
    });
}

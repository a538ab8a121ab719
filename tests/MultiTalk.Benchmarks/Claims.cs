using System.Diagnostics;

namespace MultiTalk.Benchmarks;

/// <summary>
/// How many queued jobs one process claims a second, compared with BullMQ on the same server with the same payloads: the claim alone,
/// and the claim with the completion.
/// </summary>
internal static class Claims
{
    private const int Claimers = 8;
    private const int WarmUpJobs = 4_000;

    /// <summary>Measures it.</summary>
    /// <param name="redis">Where the queues are.</param>
    /// <param name="bullmq">The directory with <c>bench.mjs</c> and its packages.</param>
    /// <param name="scratch">Takes the payload.</param>
    /// <param name="extent">How much.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<IReadOnlyList<Row>> RunAsync(LocalRedis redis, string bullmq, Scratch scratch, Extent extent, CancellationToken cancellationToken)
    {
        await redis.ClearAsync();
        await using var queue = await QueueUnderTest.StartAsync(redis, listens: false);
        var payload = Path.Combine(scratch.Root, "payload.json");
        await File.WriteAllTextAsync(payload, await queue.RequestOfAsync(await queue.SubmitAsync()), cancellationToken);
        using var theirs = new BullMq(bullmq, redis.Socket, payload);

        var messages = new List<double>();
        Func<int, Task<double>>[] ways =
        [
            jobs => ClaimAsync(queue, jobs, complete: false, cancellationToken, messages),
            jobs => theirs.FetchAsync(jobs, Claimers, cancellationToken),
            jobs => ClaimAsync(queue, jobs, complete: true, cancellationToken),
            jobs => theirs.WorkAsync(jobs, Claimers, cancellationToken),
        ];
        var rates = ways.Select(_ => new List<double>()).ToArray();
        // The first round warms all of them up.
        for (var round = 0; round <= extent.ClaimRounds; round++)
        {
            foreach (var (way, measured) in ways.Zip(rates))
            {
                await redis.ClearAsync();
                var rate = await way(round == 0 ? WarmUpJobs : extent.ClaimJobs);
                if (round > 0)
                    measured.Add(rate);
            }
        }

        return
        [
            Compare("claims", rates[0], rates[1], "BullMQ getNextJob") with { Begins = true },
            new("messages to Redis a claim", Row.Text($"{messages.Skip(1).Median():0.0}")),
            // Its worker finishes a job and fetches the next in one step; ours runs for minutes between the two.
            Compare("claims and completions", rates[2], rates[3], "BullMQ Worker") with { Aim = "", Used = null },
        ];
    }

    private static Row Compare(string what, IReadOnlyList<double> ours, IReadOnlyList<double> theirs, string name)
    {
        var ratio = ours.Over(theirs);
        return new(Row.Text($"{what}, {Claimers} at a time"), Row.Text($"{ours.Median():0} /s"))
        {
            Yardstick = Row.Text($"{theirs.Median():0} /s {name}"),
            Ratio = ratio,
            Aim = "≥ 1 ×",
            Used = 1 / ratio,
        };
    }

    private static async Task<double> ClaimAsync(QueueUnderTest queue, int jobs, bool complete, CancellationToken cancellationToken, List<double>? messages = null)
    {
        await queue.RegisterAsync();
        foreach (var batch in Enumerable.Range(0, jobs).Chunk(200))
            await Task.WhenAll(batch.Select(_ => queue.SubmitAsync()));

        var (claimed, sent) = (0, queue.Connection.OperationCount);
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Claimers).Select(_ => Task.Run(ClaimAllAsync, cancellationToken)));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        messages?.Add((double)(queue.Connection.OperationCount - sent) / jobs);
        return claimed == jobs ? jobs / seconds : throw new InvalidOperationException(Row.Text($"{claimed} of {jobs} jobs were claimed. The store is broken; run the tests."));

        async Task ClaimAllAsync()
        {
            while (!cancellationToken.IsCancellationRequested && await queue.ClaimAsync() is { } job)
            {
                Interlocked.Increment(ref claimed);
                if (complete)
                    await queue.CompleteAsync(job);
            }
        }
    }
}

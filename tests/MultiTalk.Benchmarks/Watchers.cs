using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Benchmarks;

/// <summary>
/// 1,000 clients that follow one running job over server-sent events: how long a change takes from being written to Redis until
/// each of them has it, how many subscriptions that costs, and how much memory.
/// </summary>
internal static class Watchers
{
    private const int Many = 1_000;
    private const double MostSeconds = 0.25;

    // A mark that can be found in any form of the event: the time left is this, 100 for each group of watchers, and the number of the event.
    private const int Mark = 77_700_000;
    private const int Group = 100;
    private const int MarkDigits = 8;

    private static readonly TimeSpan _between = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan _lastWithin = TimeSpan.FromSeconds(10);

    /// <summary>Measures it.</summary>
    public static async Task<IReadOnlyList<Row>> RunAsync(LocalRedis redis, Scratch scratch, Extent extent, CancellationToken cancellationToken)
    {
        await redis.ClearAsync();
        await using var web = await WebProcess.StartAsync(redis, scratch, cancellationToken);
        await using var queue = await QueueUnderTest.StartAsync(redis, listens: false);
        await queue.SubmitAsync();
        var job = await queue.ClaimAsync() ?? throw new InvalidOperationException("The job that was queued cannot be claimed. The store is broken; run the tests.");
        using var client = web.Client();

        // The first watchers warm the Web up.
        await FollowAsync(client, queue, job, Mark, watchers: 20, events: 2, web, cancellationToken);
        var alone = await FollowAsync(client, queue, job, Mark + Group, watchers: 1, extent.Events, web, cancellationToken);
        var before = web.Memory;
        var together = await FollowAsync(client, queue, job, Mark + (2 * Group), Many, extent.Events, web, cancellationToken);
        var subscriptions = await redis.SubscriptionsAsync(QueueUnderTest.Channel);
        var p99 = together.Latencies.Percentile(0.99);

        return
        [
            new(Row.Text($"an event to {Many:N0} watchers of a job, p50"), Row.Time(together.Latencies.Percentile(0.5)))
            {
                Yardstick = $"{Row.Time(alone.Latencies.Percentile(0.5))} to one watcher",
                Ratio = together.Latencies.Percentile(0.5) / alone.Latencies.Percentile(0.5),
                Begins = true,
            },
            new(Row.Text($"an event to {Many:N0} watchers of a job, p99"), Row.Time(p99))
            {
                Yardstick = $"{Row.Time(alone.Latencies.Percentile(0.99))} to one watcher",
                Ratio = p99 / alone.Latencies.Percentile(0.99),
                Aim = "≤ 250 ms",
                Used = p99 / MostSeconds,
            },
            new("Redis subscriptions of the Web", Row.Text($"{subscriptions}")) { Aim = "1", Used = subscriptions },
            new("memory of the Web a watcher", Row.Text($"{(together.Memory - before) / 1048576.0 / Many:0.000} MB")) { Yardstick = Row.Text($"{before / 1048576.0:0} MB without any") },
        ];
    }

    private static async Task<(IReadOnlyList<double> Latencies, long Memory)> FollowAsync(
        HttpClient client, QueueUnderTest queue, ClaimedJob job, int mark, int watchers, int events, WebProcess web, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var missing = new CountdownEvent(watchers * events);
        var written = new long[events];
        var latencies = new ConcurrentBag<double>();
        var streams = new List<Stream>();
        foreach (var batch in Enumerable.Range(0, watchers).Chunk(50))
            streams.AddRange(await Task.WhenAll(batch.Select(_ => OpenAsync(client, job.Id, cancellationToken))));
        var reading = streams.Select(stream => ReadAsync(stream, mark, Seen, end.Token)).ToList();

        for (var number = 0; number < events; number++)
        {
            await Task.Delay(_between, cancellationToken);
            Volatile.Write(ref written[number], Stopwatch.GetTimestamp());
            await queue.HeartbeatAsync(job, new(Phase.Sampling, 50, 1, 5, EtaSeconds: mark + number, Step: 1));
        }

        await Task.Run(() => missing.Wait(_lastWithin, cancellationToken), cancellationToken);
        var memory = web.Memory;
        await end.CancelAsync();
        await Task.WhenAll(reading);
        // What did not come counts as never.
        return ([.. latencies, .. Enumerable.Repeat(double.PositiveInfinity, missing.CurrentCount)], memory);

        void Seen(int number)
        {
            latencies.Add(Stopwatch.GetElapsedTime(Volatile.Read(ref written[number])).TotalSeconds);
            missing.Signal();
        }
    }

    // Ready once the first bytes are there: the state as it is now.
    private static async Task<Stream> OpenAsync(HttpClient client, string job, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/jobs/{job}/events");
        var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStreamAsync(cancellationToken);
    }

    private static async Task ReadAsync(Stream stream, int mark, Action<int> seen, CancellationToken cancellationToken)
    {
        var prefix = Encoding.ASCII.GetBytes("\":" + mark.ToString(CultureInfo.InvariantCulture)[..^2]);
        var length = 2 + MarkDigits;
        var buffer = new byte[16 * 1024];
        var (kept, last) = (0, -1);
        try
        {
            await using (stream)
            {
                while (await stream.ReadAsync(buffer.AsMemory(kept), cancellationToken) is > 0 and var read)
                {
                    var text = buffer.AsSpan(0, kept + read);
                    for (int at; (at = text.IndexOf(prefix)) >= 0 && at + length <= text.Length; text = text[(at + length)..])
                    {
                        // One that comes again, in a snapshot for instance, counts once.
                        if (int.Parse(text[(at + prefix.Length)..(at + length)], CultureInfo.InvariantCulture) is var number && number > last)
                            seen(last = number);
                    }

                    // A mark may arrive in two pieces.
                    kept = Math.Min(text.Length, length - 1);
                    text[^kept..].CopyTo(buffer);
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The end, or a stream that broke: what it has not seen is missing.
        }
    }
}

using System.Diagnostics;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Benchmarks;

/// <summary>
/// How long it takes from handing in a job until a runner that waits in the same process has claimed it, compared with a plain
/// message over the same connection: PUBLISH until its subscriber's handler runs.
/// </summary>
internal static class HandOff
{
    private const int PerRound = 50;
    private const int WarmUpRounds = 100;
    private const double Most = 5;

    // Both sides start from the same quiet: the waiting side really waits, and no processor spins.
    private static readonly TimeSpan _quiet = TimeSpan.FromMilliseconds(2);

    /// <summary>Measures it.</summary>
    public static async Task<IReadOnlyList<Row>> RunAsync(LocalRedis redis, Extent extent, CancellationToken cancellationToken)
    {
        await redis.ClearAsync();
        await using var queue = await QueueUnderTest.StartAsync(redis, listens: true);
        var plain = new PlainMessage(queue.Connection);
        await plain.SubscribeAsync();

        // Until both are compiled as they are in a Web that has run for a while.
        for (var round = 0; round < WarmUpRounds; round++)
        {
            await RepeatAsync(() => OnceAsync(queue, TimeSpan.Zero, cancellationToken), cancellationToken);
            await RepeatAsync(() => plain.SendAsync(TimeSpan.Zero), cancellationToken);
        }

        var (ours, theirs) = (new List<double[]>(), new List<double[]>());
        for (var round = 0; round < extent.HandOffRounds; round++)
        {
            ours.Add(await RepeatAsync(() => OnceAsync(queue, _quiet, cancellationToken), cancellationToken));
            theirs.Add(await RepeatAsync(() => plain.SendAsync(_quiet), cancellationToken));
        }

        return [Compare(0.5, Most), Compare(0.95, null)];

        Row Compare(double share, double? most)
        {
            double[] values = [.. ours.Select(round => round.Percentile(share))], yardsticks = [.. theirs.Select(round => round.Percentile(share))];
            var ratio = values.Over(yardsticks);
            return new(Row.Text($"hand-off from submit to claim, p{share * 100:0}"), Row.Time(values.Median()))
            {
                Yardstick = $"{Row.Time(yardsticks.Median())} publish to handler",
                Ratio = ratio,
                Aim = most is null ? "" : Row.Text($"≤ {most} ×"),
                Used = ratio / most,
                Begins = share == 0.5,
            };
        }
    }

    private static async Task<double[]> RepeatAsync(Func<Task<double>> once, CancellationToken cancellationToken)
    {
        var seconds = new double[PerRound];
        for (var i = 0; i < PerRound; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            seconds[i] = await once();
        }

        return seconds;
    }

    private static async Task<double> OnceAsync(QueueUnderTest queue, TimeSpan quiet, CancellationToken cancellationToken)
    {
        var claiming = ClaimAsync();
        await Task.Delay(quiet, cancellationToken);
        var start = Stopwatch.GetTimestamp();
        await queue.SubmitAsync();
        var (job, end) = await claiming;
        await queue.CompleteAsync(job);
        return Stopwatch.GetElapsedTime(start, end).TotalSeconds;

        async Task<(ClaimedJob Job, long End)> ClaimAsync() =>
            (await queue.NextAsync(cancellationToken) ?? throw new OperationCanceledException(cancellationToken), Stopwatch.GetTimestamp());
    }

    /// <summary>Sends messages to itself.</summary>
    private sealed class PlainMessage(IConnectionMultiplexer connection)
    {
        private static readonly RedisChannel _channel = RedisChannel.Literal("plain");

        private TaskCompletionSource<long> _received = new();

        public Task SubscribeAsync() => connection.GetSubscriber().SubscribeAsync(_channel, (_, _) => _received.TrySetResult(Stopwatch.GetTimestamp()));

        public async Task<double> SendAsync(TimeSpan quiet)
        {
            _received = new(TaskCreationOptions.RunContinuationsAsynchronously);
            await Task.Delay(quiet);
            var start = Stopwatch.GetTimestamp();
            var publish = connection.GetSubscriber().PublishAsync(_channel, "message");
            var seconds = Stopwatch.GetElapsedTime(start, await _received.Task).TotalSeconds;
            await publish;
            return seconds;
        }
    }
}

using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Webhooks;

/// <summary>
/// Sends what is to be sent, in every Web: woken by what happens to jobs and by the next time that something is due, and looking now
/// and then for what nobody told of.
/// </summary>
public sealed partial class WebhookDispatcher(
    Outbox outbox, WebhookStore webhooks, DeliveryStore deliveries, WebhookSender sender, JobEvents events, IOptions<WebhookOptions> options, TimeProvider time,
    ILogger<WebhookDispatcher> logger) : BackgroundService
{
    // Targets looked at together: more than are tried at once, as some may be at hosts that are busy.
    private const int Page = 256;

    // What happens within this time is read together; so a busy queue costs a few commands a second.
    private static readonly TimeSpan _together = TimeSpan.FromMilliseconds(50);

    // After this time the next are looked at, where more wait than are looked at together. To look at some hundred takes a tenth of it.
    private static readonly TimeSpan _turn = TimeSpan.FromSeconds(1);

    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentDictionary<string, (string Host, Task Sending)> _tries = new();

    /// <summary>Something is to be sent, or may be.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var following = FollowAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            var next = time.GetUtcNow() + options.Value.LookEvery;
            try
            {
                await outbox.EmptyAsync(stoppingToken);
                if (await SendDueAsync(stoppingToken) is { } due && due < next)
                    next = due;
            }
            // Whatever it is, the next pass may succeed.
            catch (Exception exception)
            {
                LogFailed(RedisConnection.IsAway(exception) ? exception.Message : exception.ToString());
            }

            await WaitAsync(next, stoppingToken);
        }

        await following;
        await Task.WhenAll(_tries.Values.Select(attempt => attempt.Sending));
    }

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        using var watch = events.Watch();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await watch.WaitAsync(Timeout.InfiniteTimeSpan, stoppingToken);
                // Off the thread that brings events, and together with what comes right after.
                await Task.Delay(_together, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            if (watch.Take() is not { } happened || happened.Any(Matters))
                Wake();
        }
    }

    private static bool Matters(JobEvent happened) => happened.IsLast || happened.Kind == JobEvent.Claimed || (happened.Kind == JobEvent.Queued && happened.Data != "null");

    private async Task WaitAsync(DateTimeOffset until, CancellationToken stoppingToken)
    {
        var wait = until - time.GetUtcNow();
        if (wait <= TimeSpan.Zero)
            return;
        using var passed = new CancellationTokenSource(wait, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(passed.Token, stoppingToken);
        try
        {
            await _wake.Reader.ReadAsync(ending.Token);
        }
        catch (OperationCanceledException)
        {
            // It is time, or the Web stops.
        }
    }

    // When something is due that is not yet. What is due and must wait for another is looked for again when that one has ended.
    private async Task<DateTimeOffset?> SendDueAsync(CancellationToken stoppingToken)
    {
        var (due, next) = await deliveries.DueAsync(Page);
        List<string> passedOver = [];
        foreach (var target in due.TakeWhile(_ => _tries.Count < options.Value.Concurrency && !stoppingToken.IsCancellationRequested))
        {
            if (_tries.ContainsKey(target))
                continue;
            var destination = await webhooks.DestinationAsync(target);
            var host = destination?.Host ?? "";
            if (destination is not null && _tries.Values.Count(attempt => attempt.Host == host) >= options.Value.PerHost)
            {
                passedOver.Add(target);
                continue;
            }

            if (await deliveries.LeaseAsync(target) is { } lease)
            {
                var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _tries[target] = (host, TryAsync(begin.Task, lease, destination, stoppingToken));
                begin.SetResult();
            }
        }

        if (due.Count < Page || passedOver.Count == 0)
            return next;
        // However many targets there are at hosts that hang, those behind them come to the front.
        await deliveries.PassOverAsync(passedOver);
        return time.GetUtcNow() + _turn;
    }

    private async Task TryAsync(Task begin, Lease lease, Destination? destination, CancellationToken stoppingToken)
    {
        await begin;
        try
        {
            await deliveries.SettleAsync(lease, await ResultAsync(lease, destination, stoppingToken));
        }
        // The lease ends, and it is tried once more.
        catch (Exception exception)
        {
            LogFailed(RedisConnection.IsAway(exception) ? exception.Message : exception.ToString());
        }
        finally
        {
            _tries.TryRemove(lease.Target, out _);
            Wake();
        }
    }

    private async Task<Delivery?> ResultAsync(Lease lease, Destination? destination, CancellationToken stoppingToken)
    {
        if (lease.Delivery is not { } delivery)
            return null;
        if (destination is null)
            return delivery with { State = DeliveryState.Dead, FinishedAt = time.GetUtcNow(), NextAttemptAt = null, Error = "The webhook is not active." };

        SendResult result;
        try
        {
            result = await sender.SendAsync(destination, delivery, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Another Web may begin at once.
            return delivery with { NextAttemptAt = time.GetUtcNow() };
        }

        if (result.Gone && await webhooks.FindAsync(lease.Target) is { } webhook)
            await webhooks.ChangeAsync(webhook with { Active = false, InactiveReason = "It answered 410 Gone." });
        var (tried, waits) = (delivery with { Attempts = delivery.Attempts + 1, Status = result.Status, Error = result.Error, Response = result.Response }, options.Value.Waits);
        if (result.Error is null || result.Gone || tried.Attempts > waits.Count)
            return tried with { State = result.Error is null ? DeliveryState.Delivered : DeliveryState.Dead, FinishedAt = time.GetUtcNow(), NextAttemptAt = null };
        var wait = waits[tried.Attempts - 1] * (1 + (Random.Shared.NextDouble() * options.Value.Jitter));
        return tried with { NextAttemptAt = time.GetUtcNow() + (wait > result.Wait ? wait : result.Wait) };
    }

    [LoggerMessage(1301, LogLevel.Warning, "Webhooks could not be sent; it is tried again: {Reason}")]
    private partial void LogFailed(string reason);
}

using System.Collections.Concurrent;
using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

/// <summary>
/// What happens to jobs, as Redis tells it: one subscription a process, fanned out in memory to whoever watches.
/// </summary>
public sealed partial class JobEvents(RedisConnection redis, ILogger<JobEvents> logger) : IHostedService
{
    private readonly ConcurrentDictionary<EventWatch, string?> _watches = new();

    /// <summary>Starts to watch.</summary>
    /// <param name="job">One job's id; null for everything.</param>
    public EventWatch Watch(string? job = null)
    {
        var watch = new EventWatch(ended => _watches.TryRemove(ended, out _));
        _watches[watch] = job;
        return watch;
    }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            redis.Multiplexer.ConnectionRestored += OnRestored;
            await redis.Subscriber.SubscribeAsync(Keys.Events, (_, message) => Publish(message!));
        }
        catch (Exception exception) when (RedisConnection.IsAway(exception))
        {
            // It is known to the connection all the same, which subscribes as soon as there is one.
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Publish(string message)
    {
        JobEvent happened;
        try
        {
            happened = JobEvent.Published(message);
        }
        catch (FormatException exception)
        {
            LogUnreadable(exception.Message);
            return;
        }

        foreach (var (watch, job) in _watches)
        {
            if (job is null || job == happened.Job)
                watch.Add(happened);
        }
    }

    // Whatever was published meanwhile has been missed.
    private void OnRestored(object? sender, ConnectionFailedEventArgs restored)
    {
        if (restored.ConnectionType != ConnectionType.Subscription)
            return;
        foreach (var (watch, _) in _watches)
            watch.Miss();
    }

    [LoggerMessage(1102, LogLevel.Warning, "A message on Redis is not ours: {Reason}")]
    private partial void LogUnreadable(string reason);
}

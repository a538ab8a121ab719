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

    /// <summary>Starts to watch whatever Redis tells of somebody's jobs, the queue and the runners.</summary>
    /// <param name="owner">Whose jobs; null for everybody's.</param>
    public EventWatch WatchAll(string? owner)
    {
        // What this process tells ahead of Redis has no number yet.
        var watch = new EventWatch(
            ended => _watches.TryRemove(ended, out _),
            happened => happened.Job == JobEvent.Nobody || (happened.Sequence > 0 && (owner is null || happened.Owner == owner)),
            EventWatch.MostWaitingOfAll);
        _watches[watch] = null;
        return watch;
    }

    /// <summary>Tells those who watch everything in this process of a job that is on its way to Redis.</summary>
    internal void Tell(JobPlace place, JobRequest request)
    {
        var queued = new JobEvent(place.Id, 0, default, JobEvent.Queued, 0, "null") { Owner = place.Owner, Class = place.Class.Name, Request = request };
        foreach (var (watch, job) in _watches)
        {
            if (job is null)
                watch.Add(queued);
        }
    }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        redis.Multiplexer.ConnectionRestored += OnRestored;
        // The library hands messages to a plain handler in any order, and to a queue's one after another. Nobody waits for the
        // answer: a server that is away is subscribed to as soon as it is there.
        var messages = await redis.Subscriber.SubscribeAsync(Keys.Events, CommandFlags.FireAndForget);
        messages.OnMessage(message => Publish(message.Message!));
        await ArrivedAsync();
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

    // Whatever was published meanwhile has been missed. Which of its connections was lost says nothing: with RESP3 there is one
    // for commands and messages, with RESP2 there are two.
    private void OnRestored(object? sender, ConnectionFailedEventArgs restored) => _ = MissAsync();

    private async Task MissAsync()
    {
        await ArrivedAsync();
        foreach (var (watch, _) in _watches)
            watch.Miss();
    }

    // What was sent on this connection before, the subscription, has arrived once this is answered: nothing more is missed.
    private async Task ArrivedAsync()
    {
        try
        {
            await redis.Subscriber.PingAsync();
        }
        catch (Exception exception) when (RedisConnection.IsAway(exception) || exception is ObjectDisposedException)
        {
            // It is lost again, and will be restored again; or this process ends.
        }
    }

    [LoggerMessage(1102, LogLevel.Warning, "A message on Redis is not ours: {Reason}")]
    private partial void LogUnreadable(string reason);
}

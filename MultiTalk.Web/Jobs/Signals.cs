using System.Collections.Concurrent;
using System.Threading.Channels;
using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

/// <summary>
/// Messages of Redis, fanned out in memory: one subscription a channel and process, however many watch. A watcher that is
/// slow misses repetitions, never the fact that something happened.
/// </summary>
public sealed class Signals(RedisConnection redis) : IHostedService
{
    // Signals can be lost with a connection to Redis; this is how long a change may then go unnoticed.
    private static readonly TimeSpan _safetyNet = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<Watch, string> _watches = new();

    /// <summary>Starts to watch.</summary>
    /// <param name="channel">One of <see cref="Keys.Changed"/> and <see cref="Keys.Queued"/>.</param>
    /// <param name="message">Only this message (a job's id, an engine); null for all of the channel.</param>
    public Watch Of(RedisChannel channel, string? message = null)
    {
        var watch = new Watch(this, message);
        _watches[watch] = channel.ToString();
        return watch;
    }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var channel in new[] { Keys.Changed, Keys.Queued })
        {
            try
            {
                await redis.Subscriber.SubscribeAsync(channel, (from, message) => Publish(from.ToString(), message));
            }
            catch (Exception exception) when (RedisConnection.IsAway(exception))
            {
                // It is known to the connection all the same, which subscribes as soon as there is one.
            }
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Publish(string channel, string? message)
    {
        foreach (var (watch, from) in _watches)
        {
            if (from == channel)
                watch.Notify(message);
        }
    }

    /// <summary>Waits for signals until it is disposed.</summary>
    public sealed class Watch : IDisposable
    {
        private readonly Signals _signals;
        private readonly string? _message;
        private readonly Channel<bool> _pending = Channel.CreateBounded<bool>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

        internal Watch(Signals signals, string? message) => (_signals, _message) = (signals, message);

        /// <summary>Ends at the next signal, at once if one came since the last call, and after a time without one.</summary>
        /// <returns>False if the watch was canceled.</returns>
        public async Task<bool> NextAsync(CancellationToken cancellationToken)
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            ending.CancelAfter(_safetyNet);
            try
            {
                await _pending.Reader.ReadAsync(ending.Token);
            }
            catch (OperationCanceledException)
            {
                // Canceled, or no signal came.
            }

            return !cancellationToken.IsCancellationRequested;
        }

        /// <inheritdoc/>
        public void Dispose() => _signals._watches.TryRemove(this, out _);

        internal void Notify(string? message)
        {
            if (_message is null || _message == message)
                _pending.Writer.TryWrite(true);
        }
    }
}

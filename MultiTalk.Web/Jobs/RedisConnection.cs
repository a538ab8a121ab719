using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

/// <summary>
/// The one connection to Redis of this process. It connects on first use: the embedded server is started by the host,
/// after the services were made.
/// </summary>
public sealed class RedisConnection(ConfigurationOptions server) : IAsyncDisposable
{
    private readonly Lazy<ConnectionMultiplexer> _multiplexer = new(() =>
    {
        var options = server.Clone();
        // A server that is away is waited for in the background; commands fail at once meanwhile.
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ClientName = "multitalk-web";
        return ConnectionMultiplexer.Connect(options);
    });

    /// <summary>Whether an exception means that Redis did not answer, or would not take the command.</summary>
    public static bool IsAway(Exception exception) => exception is RedisException or RedisTimeoutException;

    /// <summary>Whether an exception means that Redis has reached its <c>maxmemory</c> and takes nothing more.</summary>
    public static bool IsFull(Exception exception) => exception is RedisServerException && exception.Message.StartsWith("OOM", StringComparison.Ordinal);

    /// <summary>The connection itself.</summary>
    public IConnectionMultiplexer Multiplexer => _multiplexer.Value;

    /// <summary>Where commands go.</summary>
    public IDatabase Database => Multiplexer.GetDatabase();

    /// <summary>Where messages come from.</summary>
    public ISubscriber Subscriber => Multiplexer.GetSubscriber();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _multiplexer.IsValueCreated ? _multiplexer.Value.DisposeAsync() : ValueTask.CompletedTask;
}

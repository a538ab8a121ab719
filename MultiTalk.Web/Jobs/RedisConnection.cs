using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

/// <summary>
/// The one connection to Redis of this process. It connects on first use: the embedded server is started by the host,
/// after the services were made.
/// </summary>
public sealed class RedisConnection(ConfigurationOptions server) : IAsyncDisposable
{
    // A server that hangs is noticed by this alone. Longer than a write may wait for the disk (appendfsync everysec: 2 s), and
    // shorter than a person or a client waits for an answer.
    private const int PatienceMilliseconds = 3_000;

    // How often a server that is away is looked for.
    private const int LookEveryMilliseconds = 1_000;

    private static readonly string[] _full = ["OOM ", "MISCONF ", "EXECABORT "];

    private readonly Lazy<ConnectionMultiplexer> _multiplexer = new(() => ConnectionMultiplexer.Connect(Options(server)));

    /// <summary>Whether an exception means that Redis did not answer, or would not take the command.</summary>
    public static bool IsAway(Exception exception) => exception is RedisException or RedisTimeoutException;

    /// <summary>
    /// Whether an exception means that Redis takes nothing more: it has reached its <c>maxmemory</c> (OOM), or its disk does not take what it
    /// has to write (MISCONF); of a transaction only that it was discarded is told (EXECABORT).
    /// </summary>
    public static bool IsFull(Exception exception) => exception is RedisServerException && _full.Any(word => exception.Message.StartsWith(word, StringComparison.Ordinal));

    /// <summary>The connection itself.</summary>
    public IConnectionMultiplexer Multiplexer => _multiplexer.Value;

    /// <summary>Where commands go.</summary>
    public IDatabase Database => Multiplexer.GetDatabase();

    /// <summary>Where messages come from.</summary>
    public ISubscriber Subscriber => Multiplexer.GetSubscriber();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _multiplexer.IsValueCreated ? _multiplexer.Value.DisposeAsync() : ValueTask.CompletedTask;

    private static ConfigurationOptions Options(ConfigurationOptions server)
    {
        var options = server.Clone();
        // A server that is away is waited for in the background; commands fail at once meanwhile.
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ReconnectRetryPolicy = new LinearRetry(LookEveryMilliseconds);
        options.ClientName = "multitalk-web";
        // CONFIG GET, for StoreHealth, counts as administration.
        options.AllowAdmin = true;

        // Only what the connection string does not say itself.
        var said = server.ToString(includePassword: false);
        if (!Says("syncTimeout") && !Says("asyncTimeout"))
            (options.SyncTimeout, options.AsyncTimeout) = (PatienceMilliseconds, PatienceMilliseconds);
        if (!Says("connectTimeout"))
            options.ConnectTimeout = PatienceMilliseconds;
        // Tries before the start goes on without it.
        if (!Says("connectRetry"))
            options.ConnectRetry = 1;
        return options;

        bool Says(string setting) => said.Contains($",{setting}=", StringComparison.OrdinalIgnoreCase);
    }
}

using System.Net.Sockets;
using StackExchange.Redis;

namespace MultiTalk.Benchmarks;

/// <summary>A redis-server of its own on a Unix socket, with the settings of the embedded default, gone when it is disposed.</summary>
internal sealed class LocalRedis : IAsyncDisposable
{
    private readonly Child _server;
    private readonly ConnectionMultiplexer _control;

    private LocalRedis(Child server, ConnectionMultiplexer control, string socket) => (_server, _control, Socket) = (server, control, socket);

    /// <summary>The path of its socket.</summary>
    public string Socket { get; }

    /// <summary>How the store connects to it.</summary>
    public ConfigurationOptions Connection => ConfigurationOptions.Parse(ConnectionString);

    /// <summary>The same for a setting.</summary>
    public string ConnectionString => "!" + Socket;

    /// <summary>Starts it in a new directory of the scratch place.</summary>
    public static async Task<LocalRedis> StartAsync(Scratch scratch, CancellationToken cancellationToken)
    {
        var directory = scratch.NewDirectory("redis");
        var socket = Path.Combine(directory, "redis.sock");
        var ready = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = new Child(
            "redis-server",
            [
                "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700", "--dir", directory,
                "--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction",
                // A rewrite in the background would slow whichever side it meets.
                "--auto-aof-rewrite-percentage", "0",
            ],
            onLine: line =>
            {
                if (line.Contains("ready to accept connections", StringComparison.OrdinalIgnoreCase))
                    ready.TrySetResult(true);
            });
        try
        {
            await server.UntilAsync(ready.Task, cancellationToken);
            var control = await ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions { EndPoints = { new UnixDomainSocketEndPoint(socket) }, AllowAdmin = true });
            return new(server, control, socket);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Forgets everything.</summary>
    public Task ClearAsync() => _control.GetServers()[0].FlushAllDatabasesAsync();

    /// <summary>How many commands it has executed, without those that ask for this.</summary>
    public async Task<long> CommandsAsync()
    {
        var commands = await _control.GetServers()[0].InfoAsync("commandstats");
        return commands.SelectMany(group => group)
            .Where(command => command.Key != "cmdstat_info")
            .Sum(command => long.Parse(command.Value.Split(',')[0]["calls=".Length..], System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>How many connections listen to a channel.</summary>
    public Task<long> SubscriptionsAsync(RedisChannel channel) => _control.GetServers()[0].SubscriptionSubscriberCountAsync(channel);

    /// <summary>Its version.</summary>
    public Version Version => _control.GetServers()[0].Version;

    public async ValueTask DisposeAsync()
    {
        await _control.DisposeAsync();
        await _server.DisposeAsync();
    }
}

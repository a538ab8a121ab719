using System.Diagnostics;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Tests.Jobs;

/// <summary>A redis-server for one class of tests, which may empty it. It writes nothing to disk and ends with the class.</summary>
public sealed class OwnRedis : IAsyncLifetime
{
    private readonly TempDirectory _directory = new();
    private readonly List<RedisConnection> _connections = [];
    private Process? _server;
    private Task? _output;

    /// <summary>Where it listens.</summary>
    public string Socket => _directory["redis.sock"];

    /// <summary>A connection for the test itself.</summary>
    public IDatabase Database => field ??= Connect().Database;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _server = Process.Start(new ProcessStartInfo("redis-server", ["--port", "0", "--unixsocket", Socket, "--dir", _directory.Path, "--save", "", "--appendonly", "no"])
        {
            RedirectStandardOutput = true,
        })!;
        while (await _server.StandardOutput.ReadLineAsync() is { } line && !line.Contains("ready to accept connections", StringComparison.OrdinalIgnoreCase))
        {
            // What it says before.
        }

        _output = _server.StandardOutput.ReadToEndAsync();
    }

    /// <summary>One more connection, as a Web has one.</summary>
    public RedisConnection Connect()
    {
        var connection = new RedisConnection(new ConfigurationOptions
        {
            EndPoints = { new UnixDomainSocketEndPoint(Socket) },
            AllowAdmin = true,
            // A busy machine is no failure.
            ConnectTimeout = 30_000,
            AsyncTimeout = 30_000,
            SyncTimeout = 30_000,
        });
        lock (_connections)
            _connections.Add(connection);
        return connection;
    }

    /// <summary>A store with a connection of its own.</summary>
    /// <param name="edit">What is wrong with its scripts; null for nothing.</param>
    /// <param name="options">Its settings.</param>
    public JobStore Store(Func<string, string, string>? edit = null, JobsOptions? options = null) => Store(Connect(), edit, options);

    /// <summary>A store on a connection.</summary>
    public static JobStore Store(RedisConnection connection, Func<string, string, string>? edit = null, JobsOptions? options = null) =>
        new(connection, new Scripts(edit), Options.Create(options ?? new()));

    /// <summary>Forgets everything.</summary>
    public Task ClearAsync() => Database.ExecuteAsync("FLUSHALL");

    /// <summary>Its own time, in milliseconds.</summary>
    public static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    /// <summary>How often each command was run since <c>CONFIG RESETSTAT</c>.</summary>
    public async Task<long> CommandsAsync() =>
        (await Database.Multiplexer.GetServers()[0].InfoAsync("commandstats")).SelectMany(section => section)
            .Where(command => command.Key is not ("cmdstat_info" or "cmdstat_config|resetstat"))
            .Sum(command => long.Parse(command.Value["calls=".Length..command.Value.IndexOf(',', StringComparison.Ordinal)], System.Globalization.CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
            await connection.DisposeAsync();
        _server!.Kill();
        await _server.WaitForExitAsync();
        await _output!;
        _server.Dispose();
        _directory.Dispose();
    }
}

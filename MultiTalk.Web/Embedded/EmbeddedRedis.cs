using StackExchange.Redis;

namespace MultiTalk.Web.Embedded;

/// <summary>
/// Runs the store of the embedded default. The server outlives a Web that was killed, with everything it accepted; the next
/// start adopts it. It is started before and stopped after everything that uses it, and started again if it dies.
/// </summary>
internal sealed partial class EmbeddedRedis(string data, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<EmbeddedRedis> logger)
    : IHostedLifecycleService, IAsyncDisposable
{
    private static readonly TimeSpan _lookEvery = TimeSpan.FromSeconds(1);

    private readonly RedisServer _server = new(data);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private FileStream? _lock;
    private Task? _watching;
    private Task? _stopped;

    /// <summary>How to reach the server of a data directory.</summary>
    public static ConfigurationOptions Connection(string data) => new RedisServer(data).Connection;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        _lock = LockData();
        // From here on there is something to stop, also if this start fails.
        _watching = Task.CompletedTask;
        if (await _server.ListensAsync(cancellationToken))
        {
            LogAdopted(_server.Socket);
        }
        else
        {
            await _server.StartAsync(cancellationToken);
            LogStarted(_server.Socket);
        }

        _watching = KeepRunningAsync(_stopping.Token);
    }

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        // The host stops once and disposes once; the two may overlap.
        lock (_gate)
            return _stopped ??= StopServerAsync();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A start that failed after ours, at a port in use for instance, is not followed by a stop.</summary>
    public async ValueTask DisposeAsync()
    {
        await StoppedAsync(CancellationToken.None);
        _stopping.Dispose();
        if (_lock is not null)
            await _lock.DisposeAsync();
    }

    // Two Webs on one data directory would stop each other's server.
    private FileStream LockData()
    {
        try
        {
            if (!OperatingSystem.IsWindows() && !Directory.Exists(data))
                Directory.CreateDirectory(data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return new FileStream(Path.Combine(data, "web.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new StartException($"The data directory {data} cannot be written. Make it writable for this user, or use another: MULTITALK_DATA=/some/where.", exception);
        }
        catch (IOException exception)
        {
            throw new StartException(
                $"The data directory {data} is used by another MultiTalk or cannot be written ({exception.Message}). Stop the other, or give this one its own: MULTITALK_DATA=/some/where.", exception);
        }
    }

    private async Task StopServerAsync()
    {
        if (_watching is null)
            return;

        await _stopping.CancelAsync();
        await _watching;
        if (!await _server.ListensAsync(CancellationToken.None))
            return;
        try
        {
            await _server.StopAsync();
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or IOException)
        {
            LogNotStopped(exception, _server.Socket);
        }
    }

    private async Task KeepRunningAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(_lookEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                if (await _server.ListensAsync(stopping))
                    continue;
                LogDied(_server.Socket);
                await _server.StartAsync(stopping);
                LogStarted(_server.Socket);
            }
        }
        catch (OperationCanceledException)
        {
            // The Web stops.
        }
        catch (StartException exception)
        {
            LogLost(exception);
            lifetime.StopApplication();
        }
    }

    [LoggerMessage(1301, LogLevel.Information, "Started redis-server on {Socket}.")]
    private partial void LogStarted(string socket);

    [LoggerMessage(1302, LogLevel.Information, "Adopted the redis-server that answers on {Socket}.")]
    private partial void LogAdopted(string socket);

    [LoggerMessage(1303, LogLevel.Warning, "redis-server on {Socket} could not be stopped; the next start adopts it.")]
    private partial void LogNotStopped(Exception exception, string socket);

    [LoggerMessage(1304, LogLevel.Error, "redis-server on {Socket} has ended; it is started again. What was accepted in its last second may be lost.")]
    private partial void LogDied(string socket);

    [LoggerMessage(1305, LogLevel.Critical, "redis-server cannot be started again; the Web stops.")]
    private partial void LogLost(Exception exception);
}

using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CliWrap;
using StackExchange.Redis;

namespace MultiTalk.Web.Embedded;

/// <summary>
/// The <c>redis-server</c> of the embedded default. It outlives a Web that was killed, with everything it accepted; the
/// next start adopts it. It is started before and stopped after everything that uses it.
/// </summary>
internal sealed partial class EmbeddedRedis(string data, ILogger<EmbeddedRedis> logger) : IHostedLifecycleService, IAsyncDisposable
{
    // A Unix socket's path fits into sockaddr_un.sun_path, 108 bytes with the final zero (unix(7)).
    private const int MaxSocketPathBytes = 107;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly string _directory = Path.Combine(data, "redis");
    private FileStream? _lock;
    private bool _running;

    private string SocketDirectory => Path.GetDirectoryName(SocketPath(data))!;

    private string PidFile => Path.Combine(_directory, "redis.pid");

    private string LogFile => Path.Combine(_directory, "redis.log");

    /// <summary>How to reach the server of a data directory.</summary>
    public static string ConnectionString(string data) => "!" + SocketPath(data);

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("The embedded store needs Linux or macOS. Run this in WSL, or set ConnectionStrings__redis to a Redis that runs elsewhere.");

        Directory.CreateDirectory(_directory);
        // The host's directory may be the temporary one, where everybody may write: ours is for us alone.
        Directory.CreateDirectory(SocketDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.SetUnixFileMode(SocketDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _lock = Lock();

        if (await AnswersAsync())
            LogAdopted(SocketPath(data));
        else
            await StartServerAsync(cancellationToken);
        _running = true;
    }

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        _running = false;
        try
        {
            await using var connection = await ConnectAsync();
            using var server = Server();
            // The append-only file is written and synchronised on the way out; a snapshot is not needed.
            await Task.Run(() => connection.GetServers()[0].Shutdown(ShutdownMode.Never), cancellationToken);
            if (server is not null)
                await server.WaitForExitAsync(cancellationToken).WaitAsync(_patience, cancellationToken);
            if (SocketDirectory != _directory)
                Directory.Delete(SocketDirectory);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or IOException)
        {
            LogNotStopped(exception, SocketPath(data));
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A start that failed after ours, at a port in use for instance, is not followed by a stop.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_running)
            await StoppedAsync(CancellationToken.None);
        _lock?.Dispose();
    }

    private static string SocketPath(string data)
    {
        var path = Path.Combine(data, "redis", "redis.sock");
        if (Encoding.UTF8.GetByteCount(path) <= MaxSocketPathBytes)
            return path;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)))[..16];
        return Path.Combine(Path.GetTempPath(), "multitalk-" + hash, "redis.sock");
    }

    // Two Webs on one data directory would stop each other's server.
    private FileStream Lock()
    {
        try
        {
            return new FileStream(Path.Combine(data, "web.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new InvalidOperationException(
                $"Another MultiTalk uses the data directory {data}. Stop it, or give this one its own: MULTITALK_DATA=/some/where.", exception);
        }
    }

    private async Task StartServerAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Cli.Wrap("redis-server")
                .WithArguments([
                    "--port", "0", "--unixsocket", SocketPath(data), "--unixsocketperm", "700",
                    "--dir", _directory, "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
                    "--maxmemory-policy", "noeviction", "--daemonize", "yes", "--pidfile", PidFile, "--logfile", LogFile])
                .ExecuteAsync(cancellationToken);
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new InvalidOperationException(
                "The program redis-server is missing; the embedded store needs it. Install it (Debian, Ubuntu: apt-get install redis-server), "
                + "or set ConnectionStrings__redis to a Redis that runs elsewhere.", exception);
        }

        // The server has forked; it answers once it has read its append-only file.
        var started = Stopwatch.StartNew();
        while (!await AnswersAsync())
        {
            using var server = Server();
            if (started.Elapsed > _patience || (started.Elapsed > TimeSpan.FromSeconds(2) && server is null))
                throw new InvalidOperationException($"redis-server does not answer. The end of {LogFile} says why:{Environment.NewLine}{LogTail()}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }

        LogStarted(SocketPath(data));
    }

    private string LogTail() => File.Exists(LogFile) ? string.Join(Environment.NewLine, File.ReadLines(LogFile).TakeLast(5)) : "(there is no such file)";

    private Process? Server()
    {
        try
        {
            return File.Exists(PidFile) ? Process.GetProcessById(int.Parse(File.ReadAllText(PidFile), CultureInfo.InvariantCulture)) : null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or IOException)
        {
            return null;
        }
    }

    private async Task<bool> AnswersAsync()
    {
        if (!File.Exists(SocketPath(data)))
            return false;
        try
        {
            await using var connection = await ConnectAsync();
            await connection.GetDatabase().PingAsync();
            return true;
        }
        catch (RedisException)
        {
            return false;
        }
    }

    private async Task<ConnectionMultiplexer> ConnectAsync()
    {
        var options = ConfigurationOptions.Parse(ConnectionString(data));
        options.AllowAdmin = true;
        options.ConnectRetry = 0;
        options.ConnectTimeout = 1000;
        return await ConnectionMultiplexer.ConnectAsync(options);
    }

    [LoggerMessage(1301, LogLevel.Information, "Started redis-server on {Socket}.")]
    private partial void LogStarted(string socket);

    [LoggerMessage(1302, LogLevel.Information, "Adopted the redis-server that answers on {Socket}.")]
    private partial void LogAdopted(string socket);

    [LoggerMessage(1303, LogLevel.Warning, "redis-server on {Socket} could not be stopped; the next start adopts it.")]
    private partial void LogNotStopped(Exception exception, string socket);
}

using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using CliWrap;
using StackExchange.Redis;

namespace MultiTalk.Web.Embedded;

/// <summary>The <c>redis-server</c> process of a data directory: append-only, no eviction, on a Unix socket for this user alone.</summary>
internal sealed class RedisServer
{
    // A Unix socket's path fits into sockaddr_un.sun_path, 108 bytes with the final zero (unix(7)).
    private const int MaxSocketPathBytes = 107;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // Long enough to read a large append-only file.
    private static readonly TimeSpan _startWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _stopWithin = TimeSpan.FromSeconds(10);

    private readonly string _directory;
    private readonly string _pidFile;
    private readonly string _logFile;

    public RedisServer(string data)
    {
        _directory = Path.Combine(data, "redis");
        _pidFile = Path.Combine(_directory, "redis.pid");
        _logFile = Path.Combine(_directory, "redis.log");
        Socket = Path.Combine(_directory, "redis.sock");
        if (Encoding.UTF8.GetByteCount(Socket) > MaxSocketPathBytes)
        {
            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Socket)))[..16];
            Socket = Path.Combine(Path.GetTempPath(), "multitalk-" + hash, "redis.sock");
        }
    }

    /// <summary>The path of its socket: in its directory, or where that is too long, in one of its own for temporary files.</summary>
    public string Socket { get; }

    /// <summary>How to reach it.</summary>
    public ConfigurationOptions Connection => new() { EndPoints = { new UnixDomainSocketEndPoint(Socket) } };

    private string SocketDirectory => Path.GetDirectoryName(Socket)!;

    /// <summary>
    /// Whether it listens. A server that is busy or stopped for a while does too, and so does one for which so many wait that it takes no
    /// more: a second one would write into its files.
    /// </summary>
    public async Task<bool> ListensAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancellationToken);
            return true;
        }
        catch (SocketException exception)
        {
            // connect(2): ECONNREFUSED, ENOENT.
            return exception.SocketErrorCode is not (SocketError.ConnectionRefused or SocketError.AddressNotAvailable);
        }
    }

    /// <summary>Starts it and waits until it answers.</summary>
    /// <exception cref="StartException">It is not installed, or does not start; the message says what to do.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
            throw new StartException("The embedded store needs Linux or macOS. Run this in WSL, or set ConnectionStrings__redis to a Redis that runs elsewhere.");

        // The store holds the keys that protect cookies; and where the socket's directory is among the temporary ones, everybody may write.
        foreach (var directory in new[] { _directory, SocketDirectory })
        {
            Directory.CreateDirectory(directory, OwnerOnly);
            File.SetUnixFileMode(directory, OwnerOnly);
        }

        await LaunchAsync(cancellationToken);

        // It has forked; it answers once it has read its append-only file.
        var started = Stopwatch.StartNew();
        while (!await AnswersAsync())
        {
            using var process = Process();
            if (started.Elapsed > _startWithin || (started.Elapsed > TimeSpan.FromSeconds(2) && process is null))
                throw new StartException($"redis-server does not answer. The end of {_logFile} says why:{Environment.NewLine}{LogTail()}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }
    }

    /// <summary>Stops it, with everything written.</summary>
    /// <exception cref="RedisException">It does not answer.</exception>
    /// <exception cref="TimeoutException">It does not end.</exception>
    public async Task StopAsync()
    {
        using var process = Process();
        await using (var connection = await ConnectAsync())
        {
            // The append-only file is written and synchronised on the way out; a snapshot is not needed.
            await Task.Run(() => connection.GetServers()[0].Shutdown(ShutdownMode.Never));
        }

        if (process is not null)
            await process.WaitForExitAsync().WaitAsync(_stopWithin);
        if (SocketDirectory != _directory)
            Directory.Delete(SocketDirectory);
    }

    private async Task LaunchAsync(CancellationToken cancellationToken)
    {
        try
        {
            var result = await Cli.Wrap("redis-server")
                .WithArguments([
                    "--port", "0", "--unixsocket", Socket, "--unixsocketperm", "700",
                    "--dir", _directory, "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
                    "--maxmemory-policy", "noeviction", "--daemonize", "yes", "--pidfile", _pidFile, "--logfile", _logFile])
                .WithValidation(CommandResultValidation.None)
                .ExecuteAsync(cancellationToken);
            if (result.ExitCode != 0)
                throw new StartException($"redis-server ended with exit code {result.ExitCode}. The end of {_logFile} says why:{Environment.NewLine}{LogTail()}");
        }
        catch (Win32Exception)
        {
            throw new StartException(
                "The program redis-server is missing; the embedded store needs it. Install it (Debian, Ubuntu: apt-get install redis-server), "
                + "or set ConnectionStrings__redis to a Redis that runs elsewhere.");
        }
    }

    private async Task<bool> AnswersAsync()
    {
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
        var options = Connection;
        options.AllowAdmin = true;
        options.ConnectRetry = 0;
        options.ConnectTimeout = 1000;
        return await ConnectionMultiplexer.ConnectAsync(options);
    }

    private Process? Process()
    {
        try
        {
            return File.Exists(_pidFile) ? System.Diagnostics.Process.GetProcessById(int.Parse(File.ReadAllText(_pidFile), CultureInfo.InvariantCulture)) : null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or IOException)
        {
            return null;
        }
    }

    private string LogTail() => File.Exists(_logFile) ? string.Join(Environment.NewLine, File.ReadLines(_logFile).TakeLast(5)) : "(there is no such file)";
}

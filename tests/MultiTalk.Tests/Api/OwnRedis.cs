using System.Diagnostics;
using System.Globalization;
using StackExchange.Redis;

namespace MultiTalk.Tests.Api;

/// <summary>A redis-server of one test, to be set up, frozen, killed and started again. What it accepted is on disk.</summary>
internal sealed class OwnRedis : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly string[] _settings;
    private Process? _process;
    private ConnectionMultiplexer? _connection;

    private OwnRedis(string[] settings) => _settings = settings;

    /// <summary>How a Web reaches it.</summary>
    public string ConnectionString => "!" + _directory["redis.sock"];

    /// <summary>A connection of the test's own.</summary>
    public IDatabase Database => _connection!.GetDatabase();

    /// <summary>Its commands for administrators.</summary>
    public IServer Server => _connection!.GetServers()[0];

    /// <summary>A directory for whatever belongs to the test.</summary>
    public TempDirectory Directory => _directory;

    /// <summary>Starts one, append-only unless the settings say otherwise.</summary>
    /// <param name="settings">More arguments.</param>
    public static async Task<OwnRedis> StartAsync(params string[] settings)
    {
        var redis = new OwnRedis(settings);
        await redis.LaunchAsync();
        var options = ConfigurationOptions.Parse(redis.ConnectionString);
        (options.AllowAdmin, options.AbortOnConnectFail, options.ReconnectRetryPolicy) = (true, false, new LinearRetry(100));
        redis._connection = await ConnectionMultiplexer.ConnectAsync(options);
        return redis;
    }

    /// <summary>Prepares one that does not run yet.</summary>
    public static OwnRedis Absent() => new([]);

    /// <summary>Starts it, or starts it again with what it had.</summary>
    public async Task LaunchAsync()
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = Process.Start(new ProcessStartInfo("redis-server",
        [
            "--port", "0", "--unixsocket", _directory["redis.sock"], "--dir", _directory.Path, "--save", "", "--appendonly", "yes", "--appendfsync", "always", .. _settings,
        ])
        { RedirectStandardOutput = true })!;
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.Contains("ready to accept connections at", StringComparison.Ordinal) == true)
                ready.TrySetResult();
        };
        _process.BeginOutputReadLine();
        await ready.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>SIGSTOP: it accepts connections and answers nothing.</summary>
    public Task FreezeAsync() => SignalAsync("-STOP");

    /// <summary>SIGCONT.</summary>
    public Task ThawAsync() => SignalAsync("-CONT");

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync();
        if (_process is not null)
            await KillAsync();
        _directory.Dispose();
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [signal, _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}

/// <summary>A Web on a Redis of the test's own; it looks for nothing by itself, so that nothing comes in between.</summary>
internal sealed class WebOn(OwnRedis redis, params (string Name, string Value)[] settings) : TestWeb(All(redis, settings))
{
    private static Dictionary<string, string> All(OwnRedis redis, (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string>
        {
            ["ConnectionStrings:redis"] = redis.ConnectionString,
            ["Jobs:DefaultEngine"] = "preview",
            ["Jobs:ClaimPoll"] = "00:00:00.3",
            ["Jobs:SweepEvery"] = "00:05:00",
            ["Jobs:SweepGap"] = "00:10:00",
            ["Jobs:MaxFailures"] = "100",
        };
        foreach (var (name, value) in settings)
            all[name] = value;
        return all;
    }
}

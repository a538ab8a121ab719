using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using MultiTalk.Web.Access;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Tests.Faults;

/// <summary>
/// The whole system as real processes in a directory of its own: a redis-server with an append-only file, Webs behind a
/// <see cref="Forwarder"/>, and runners. Whatever a test did to them, nothing of it is left when it is disposed.
/// </summary>
internal sealed partial class Cluster : IAsyncDisposable
{
    private const string Key = "an administrator's key of the tests, long enough";
    private const string Token = "a token of the tests' runners, long enough to be taken";

    private readonly TempDirectory _directory = new();
    private readonly Dictionary<string, string> _settings;
    private readonly Uri?[] _addresses;
    private readonly List<HttpClient> _clients = [];

    private Cluster(int webs, IEnumerable<(string Name, string Value)> settings)
    {
        _settings = settings.ToDictionary(setting => setting.Name, setting => setting.Value);
        _addresses = new Uri?[webs];
        Gate = new Gate(Path);
        RedisServer = new ClusterProcess(
            Program("redis-server", [
                "--port", "0", "--unixsocket", Socket, "--dir", System.IO.Directory.CreateDirectory(_directory["redis"]).FullName,
                "--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction"]),
            "ready to accept connections at");
        Webs = [.. Enumerable.Range(0, webs).Select(_ => new ClusterProcess(WebProgram(), "MultiTalk listens on "))];
        Client = NewClient(Key);
        // A run that is broken off disposes of nothing.
        AppDomain.CurrentDomain.ProcessExit += EndAll;
    }

    /// <summary>Everything that it writes lies here.</summary>
    public string Path => _directory.Path;

    /// <summary>Where the Webs keep videos and uploads.</summary>
    public string Media => _directory["media"];

    /// <summary>The store.</summary>
    public ClusterProcess RedisServer { get; }

    /// <summary>The Webs.</summary>
    public IReadOnlyList<ClusterProcess> Webs { get; }

    /// <summary>The runners that were started.</summary>
    public List<ClusterProcess> Runners { get; } = [];

    /// <summary>What stands in front of the Webs.</summary>
    public Forwarder Forwarder { get; } = new();

    /// <summary>Where the scripts of gated runners wait.</summary>
    public Gate Gate { get; }

    /// <summary>An administrator's client.</summary>
    public HttpClient Client { get; }

    private string Socket => _directory["redis.sock"];

    private ConfigurationOptions RedisOptions => ConfigurationOptions.Parse("!" + Socket);

    /// <summary>Starts Redis and the Webs.</summary>
    /// <param name="webs">How many Webs.</param>
    /// <param name="cancellationToken">The test's.</param>
    /// <param name="settings">Of the Webs, such as <c>Jobs__Lease</c>; a lease is a minute unless given.</param>
    public static async Task<Cluster> StartAsync(int webs, CancellationToken cancellationToken, params (string Name, string Value)[] settings)
    {
        var cluster = new Cluster(webs, settings);
        try
        {
            await cluster.RedisServer.StartAsync();
            await Task.WhenAll(Enumerable.Range(0, webs).Select(cluster.StartWebAsync)).WaitAsync(cancellationToken);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a Web, be it again, and forwards to it.</summary>
    public async Task StartWebAsync(int index)
    {
        var line = await Webs[index].StartAsync();
        _addresses[index] = new Uri(line[(line.LastIndexOf(' ') + 1)..]);
        lock (_addresses)
            Forwarder.ForwardTo(_addresses.OfType<Uri>());
    }

    /// <summary>Starts a new runner and waits until it is known.</summary>
    /// <param name="gated">Whether its scripts wait at the <see cref="Gate"/>.</param>
    public async Task<ClusterProcess> StartRunnerAsync(bool gated = true)
    {
        var program = Program("dotnet", [System.IO.Path.Combine(AppContext.BaseDirectory, "MultiTalk.GpuRunner.dll"), "worker"]);
        var name = string.Create(CultureInfo.InvariantCulture, $"runner-{Runners.Count + 1}");
        var environment = program.Environment;
        environment["Runner__Web"] = Forwarder.Address.ToString();
        environment["Runner__Token"] = Token;
        environment["Runner__Name"] = name;
        environment["Runner__Workspaces"] = System.IO.Path.Combine(Path, "workspaces", name);
        environment["Runner__Heartbeat"] = "00:00:00.5";
        if (gated)
            environment["Runner__Checkout"] = Gate.Checkout;
        var runner = new ClusterProcess(program, " runs the engine ");
        Runners.Add(runner);
        await runner.StartAsync();
        return runner;
    }

    /// <summary>A client with the key of an owner of its own.</summary>
    public async Task<HttpClient> OwnerAsync(string name)
    {
        var key = Secret.New("mt_");
        await using var redis = new RedisConnection(RedisOptions);
        await new AccessStore(redis).AddKeyAsync(key, new Grant(name, name, [Scopes.Submit, Scopes.Read]));
        return NewClient(key);
    }

    /// <summary>A connection of the test's own to Redis.</summary>
    public Task<ConnectionMultiplexer> ConnectAsync()
    {
        var options = RedisOptions;
        options.AllowAdmin = true;
        return ConnectionMultiplexer.ConnectAsync(options);
    }

    public ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= EndAll;
        foreach (var process in Runners.Concat(Webs).Append(RedisServer))
            process.Dispose();
        _clients.ForEach(client => client.Dispose());
        Forwarder.Dispose();
        Gate.Dispose();
        EndAll(null, EventArgs.Empty);
        return ValueTask.CompletedTask;
    }

    private void EndAll(object? sender, EventArgs arguments)
    {
        ProcessesBelow.End(Path);
        _directory.Dispose();
    }

    private HttpClient NewClient(string key)
    {
        var client = new HttpClient { BaseAddress = Forwarder.Address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) } };
        _clients.Add(client);
        return client;
    }

    private ProcessStartInfo WebProgram()
    {
        var program = Program("dotnet", [System.IO.Path.Combine(AppContext.BaseDirectory, "MultiTalk.Web.dll"), "--contentRoot", AppContext.BaseDirectory]);
        var environment = program.Environment;
        environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        environment["ConnectionStrings__redis"] = RedisOptions.ToString();
        environment["Embedded__Runner"] = "false";
        environment["Media__Directory"] = Media;
        environment["Access__ApiKey"] = Key;
        // More comes here in a minute than from a person.
        environment["Access__Limits__SubmissionsAMinute"] = "0";
        environment["Access__Limits__QueuedJobs"] = "0";
        environment["Access__RunnerToken"] = Token;
        // Long enough for a machine that is busy with other tests; those about leases set a short one.
        environment["Jobs__Lease"] = "00:01:00";
        environment["Jobs__SweepGap"] = "00:00:01";
        environment["Jobs__SweepEvery"] = "00:00:00.5";
        environment["Jobs__ClaimPoll"] = "00:00:05";
        foreach (var (name, value) in _settings)
            environment[name] = value;
        return program;
    }

    private ProcessStartInfo Program(string file, IEnumerable<string> arguments)
    {
        var program = new ProcessStartInfo(file, arguments) { WorkingDirectory = Path };
        program.Environment["MULTITALK_DATA"] = _directory["data"];
        return program;
    }
}

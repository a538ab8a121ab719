using System.Net.Http.Headers;

namespace MultiTalk.Benchmarks;

/// <summary>A Web as it is deployed, in a process of its own with a configured Redis and no runner.</summary>
internal sealed class WebProcess : IAsyncDisposable
{
    private const string Listens = "MultiTalk listens on ";

    private readonly Child _process;

    private WebProcess(Child process, Uri address, string data, string key, string token) => (_process, Address, Data, Key, Token) = (process, address, data, key, token);

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Its directory.</summary>
    public string Data { get; }

    /// <summary>The token of its runners.</summary>
    public string Token { get; }

    /// <summary>Its memory in bytes.</summary>
    public long Memory => _process.Memory;

    /// <summary>The most memory that it ever held, in bytes.</summary>
    public long PeakMemory => _process.PeakMemory;

    /// <summary>The time that processors have spent on it.</summary>
    public TimeSpan ProcessorTime => _process.ProcessorTime;

    private string Key { get; }

    /// <summary>Where a program of this build lies.</summary>
    public static string Program(string name) => Path.Combine(AppContext.BaseDirectory, name + ".dll");

    /// <summary>Starts it and waits until it listens.</summary>
    public static async Task<WebProcess> StartAsync(LocalRedis redis, Scratch scratch, CancellationToken cancellationToken)
    {
        var data = scratch.NewDirectory("data");
        var (key, token) = (Guid.NewGuid().ToString("n"), Guid.NewGuid().ToString("n"));
        var address = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Child(
            "dotnet",
            [Program("MultiTalk.Web"), "--contentRoot", AppContext.BaseDirectory, "--urls", "http://127.0.0.1:0"],
            new Dictionary<string, string?>
            {
                ["ConnectionStrings__redis"] = redis.ConnectionString,
                ["MULTITALK_DATA"] = data,
                ["Access__ApiKey"] = key,
                ["Access__Limits__SubmissionsAMinute"] = "0",
                ["Access__Limits__QueuedJobs"] = "0",
                ["Access__Limits__UploadBytesADay"] = "0",
                ["Access__RunnerToken"] = token,
                ["Jobs__DefaultEngine"] = "preview",
                ["Logging__LogLevel__Default"] = "Warning",
            },
            line =>
            {
                if (line.Contains(Listens, StringComparison.Ordinal))
                    address.TrySetResult(new(line[(line.IndexOf(Listens, StringComparison.Ordinal) + Listens.Length)..].Trim()));
            });
        try
        {
            return new(process, await process.UntilAsync(address.Task, cancellationToken), data, key, token);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client of its API.</summary>
    public HttpClient Client() => Client(Key);

    /// <summary>A client with the token of its runners.</summary>
    public HttpClient RunnerClient() => Client(Token);

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private HttpClient Client(string token) => new(new SocketsHttpHandler { UseCookies = false })
    {
        BaseAddress = Address,
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
    };
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.Tests.Worker;

/// <summary>The Web's side of the runner protocol, without a queue: hands out what the test gives it and remembers what it hears.</summary>
internal sealed class FakeWeb : IAsyncDisposable
{
    /// <summary>A refusal that is none: the call is taken, and its answer is lost on the way.</summary>
    public const int AnswerLost = 0;

    private readonly WebApplication _app;
    private readonly Channel<Claim> _claims = Channel.CreateUnbounded<Claim>();
    private readonly Channel<string> _heard = Channel.CreateUnbounded<string>();
    private readonly Channel<ClaimRequest> _asked = Channel.CreateUnbounded<ClaimRequest>();
    private readonly ConcurrentDictionary<string, bool> _places = new();
    private readonly Dictionary<string, byte[]> _inputs;

    private FakeWeb(Dictionary<string, byte[]> inputs)
    {
        _inputs = inputs;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>Where it listens.</summary>
    public Uri Address => new(_app.Urls.Single());

    /// <summary>Statuses that calls get before they are taken, by the last part of their path.</summary>
    public ConcurrentDictionary<string, ConcurrentQueue<int>> Refusals { get; } = new();

    /// <summary>The header <c>Retry-After</c> of refusals, in seconds.</summary>
    public int? RetryAfter { get; set; }

    /// <summary>What every heartbeat is answered.</summary>
    public int HeartbeatStatus { get; set; } = 200;

    /// <summary>What heartbeats ask for.</summary>
    public RunnerCommand Command { get; set; }

    /// <summary>What happens to every call before it is answered; it may wait, or break the connection.</summary>
    public Func<HttpContext, Task> OnCall { get; set; } = _ => Task.CompletedTask;

    /// <summary>The lines of all heartbeats.</summary>
    public ConcurrentQueue<string> Lines { get; } = new();

    /// <summary>The places of the attempts of all calls.</summary>
    public IEnumerable<string> Places => _places.Keys;

    /// <summary>The trace parents of all calls.</summary>
    public ConcurrentQueue<string> TraceParents { get; } = new();

    /// <summary>The last body of each call.</summary>
    public ConcurrentDictionary<string, byte[]> Bodies { get; } = new();

    /// <summary>The last digest of an upload.</summary>
    public string? Digest { get; private set; }

    public static async Task<FakeWeb> StartAsync(Dictionary<string, byte[]> inputs, CancellationToken cancellationToken)
    {
        var web = new FakeWeb(inputs);
        await web._app.StartAsync(cancellationToken);
        return web;
    }

    /// <summary>Hands out an attempt.</summary>
    public void Offer(Claim claim) => _claims.Writer.TryWrite(claim);

    /// <summary>Waits for the next call but claims and heartbeats.</summary>
    public async Task<string> NextAsync() => await _heard.Reader.ReadAsync(TestContext.Current.CancellationToken);

    /// <summary>Waits for the next claim that is not refused.</summary>
    public async Task<ClaimRequest> AskedAsync() => await _asked.Reader.ReadAsync(TestContext.Current.CancellationToken);

    /// <summary>What was heard and not waited for.</summary>
    public IEnumerable<string> Rest()
    {
        while (_heard.Reader.TryRead(out var call))
            yield return call;
    }

    public T Body<T>(string call) => (T)JsonSerializer.Deserialize(Bodies[call], typeof(T), ContractsJson.Default)!;

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        Assert.Equal("Bearer secret", context.Request.Headers.Authorization.ToString());
        var path = context.Request.Path.Value!;
        var call = path.Split('/')[^1];
        // "/runner/v1/runners/{runner}/jobs/{job}/attempts/{n}" and what is below.
        if (path.Split('/') is { Length: > 9 } parts)
            _places.TryAdd(string.Join('/', parts[..9]), true);
        if (context.Request.Headers.TraceParent.ToString() is { Length: > 0 } parent)
            TraceParents.Enqueue(parent);
        await OnCall(context);
        if (context.RequestAborted.IsCancellationRequested)
            return;

        if (Refusals.TryGetValue(call, out var refusals) && refusals.TryDequeue(out var status))
        {
            if (status == AnswerLost)
            {
                _heard.Writer.TryWrite(call);
                context.Abort();
                return;
            }

            context.Response.StatusCode = status;
            if (RetryAfter is { } seconds)
                context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            return;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        Bodies[call] = body.ToArray();
        if (call == "claim")
        {
            _asked.Writer.TryWrite(Body<ClaimRequest>("claim"));
            await context.Response.WriteAsJsonAsync(await _claims.Reader.ReadAsync(context.RequestAborted), ContractsJson.Default.Claim, cancellationToken: context.RequestAborted);
            return;
        }

        if (call == "heartbeat")
        {
            context.Response.StatusCode = HeartbeatStatus;
            if (HeartbeatStatus != 200)
                return;
            foreach (var line in Body<Heartbeat>("heartbeat").Lines)
                Lines.Enqueue(line);
            await context.Response.WriteAsJsonAsync(new HeartbeatAnswer(Command), ContractsJson.Default.HeartbeatAnswer, cancellationToken: context.RequestAborted);
            return;
        }

        if (call == "output")
            Digest = context.Request.Headers["Repr-Digest"].ToString();
        if (_inputs.TryGetValue(call, out var input))
            await context.Response.Body.WriteAsync(input, context.RequestAborted);
        else
            context.Response.StatusCode = 204;
        _heard.Writer.TryWrite(call);
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Logging;
using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.Benchmarks;

/// <summary>Stands between a runner and the Web, and counts what passes.</summary>
internal sealed class CountingProxy : IAsyncDisposable
{
    private readonly TaskCompletionSource<bool> _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpClient _client;
    private readonly WebApplication _server;
    private int _requests;

    private CountingProxy(Uri web)
    {
        _client = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = web, Timeout = Timeout.InfiniteTimeSpan };
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.Run(ForwardAsync);
    }

    /// <summary>Where it listens.</summary>
    public string Address => _server.Urls.Single();

    /// <summary>Ends when the runner has asked for work the first time, and so waits.</summary>
    public Task<bool> Asked => _asked.Task;

    /// <summary>How many requests it has seen.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Starts it before a Web.</summary>
    public static async Task<CountingProxy> StartAsync(Uri web)
    {
        var proxy = new CountingProxy(web);
        await proxy._server.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _client.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        Interlocked.Increment(ref _requests);
        if (context.Request.Path == RunnerProtocol.ClaimNext)
            _asked.TrySetResult(true);
        using var request = new HttpRequestMessage(new(context.Request.Method), context.Request.GetEncodedPathAndQuery()) { Content = new StreamContent(context.Request.Body) };
        foreach (var (name, value) in context.Request.Headers.Where(header => header.Key is "Authorization" or "Content-Type"))
        {
            if (!request.Headers.TryAddWithoutValidation(name, (string?)value))
                request.Content.Headers.TryAddWithoutValidation(name, (string?)value);
        }

        try
        {
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
            context.Response.StatusCode = (int)answer.StatusCode;
            context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
            if (context.Response.StatusCode != StatusCodes.Status204NoContent)
                await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The runner has gone.
        }
    }
}

using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MultiTalk.GpuRunner;

namespace MultiTalk.Tests.Worker;

/// <summary>A runner inside the test's process, with its log; it is stopped when it is disposed of.</summary>
internal sealed class RunningRunner : IAsyncDisposable, ILoggerFactory, ILogger
{
    private readonly IHost _host;

    private RunningRunner(FakeWeb web, string workspaces, Action<RunnerOptions>? configure) => _host = RunnerHost.BuildEmbedded(
        options =>
        {
            options.Web = web.Address;
            options.Token = "secret";
            options.Workspaces = workspaces;
            options.Heartbeat = TimeSpan.FromMilliseconds(100);
            configure?.Invoke(options);
        },
        this);

    /// <summary>What it logged.</summary>
    public ConcurrentQueue<string> Log { get; } = new();

    public static async Task<RunningRunner> StartAsync(FakeWeb web, string workspaces, Action<RunnerOptions>? configure = null)
    {
        var runner = new RunningRunner(web, workspaces, configure);
        await runner._host.StartAsync(TestContext.Current.CancellationToken);
        return runner;
    }

    public Task StopAsync(CancellationToken cancellationToken) => _host.StopAsync(cancellationToken);

    // Stopped before its directory goes.
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        _host.Dispose();
    }

    ILogger ILoggerFactory.CreateLogger(string categoryName) => this;

    void ILoggerFactory.AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Log.Enqueue(formatter(state, exception));

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    void IDisposable.Dispose()
    {
    }
}

using Microsoft.AspNetCore.Hosting.Server;
using MultiTalk.GpuRunner;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Web.Access;

namespace MultiTalk.Web.Embedded;

/// <summary>
/// A runner inside the Web, for one command on one machine. It is a host of its own that pulls over HTTP like any other:
/// it starts when the server listens and is drained before the server stops.
/// </summary>
internal sealed class EmbeddedRunner(string data, IServer server, AccessStore access, ILoggerFactory logging) : IHostedLifecycleService
{
    private IHost? _runner;

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        var token = Secret.New("mtr_");
        await access.SetRunnerTokenAsync("embedded", token);
        _runner = RunnerHost.BuildEmbedded(
            options =>
            {
                options.Web = ListeningAddress.Of(server);
                options.Token = token;
                options.Name = "embedded";
                options.Engine = Engine.Preview;
                options.Workspaces = Path.Combine(data, "workspaces");
                // A preview takes seconds, and the loopback carries this easily.
                options.Heartbeat = TimeSpan.FromMilliseconds(500);
            },
            logging);
        await _runner.StartAsync(cancellationToken);
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (_runner is null)
            return;
        await _runner.StopAsync(cancellationToken);
        _runner.Dispose();
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

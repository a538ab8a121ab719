using System.Net;
using System.Reflection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Diagnosis;
using MultiTalk.GpuRunner.Execution;

namespace MultiTalk.GpuRunner.Worker;

/// <summary>The pull loop: register, claim, run the attempt, again. Stopping it ends the script and gives the job back.</summary>
public sealed partial class Worker(WebClient client, AttemptRunner attempts, RunHistory history, Doctor doctor, IOptions<RunnerOptions> options, TimeProvider time, ILogger<Worker> logger)
    : BackgroundService
{
    // A refused token is put right by people, not by hurrying.
    private static readonly TimeSpan _afterRefusal = TimeSpan.FromSeconds(30);

    private static readonly string _version =
        typeof(Worker).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private readonly RunnerOptions _options = options.Value;
    private readonly Backoff _backoff = new(time);
    private RunnerIdentity? _identity;
    private DoctorReport? _report;
    private long _examinedAt;
    private bool _registered;
    private bool _troubled;

    /// <inheritdoc/>
    /// <exception cref="IOException"><see cref="RunnerOptions.Workspaces"/> cannot be written.</exception>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Here, not in the loop: a directory that cannot be written must fail the start.
        _identity = RunnerIdentity.Take(_options.Workspaces);
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _identity?.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (Workspace.Sweep(_options.Workspaces) is > 0 and var swept)
            LogSwept(swept);

        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await TurnAsync(_identity!.Id, stoppingToken);
            }
            catch (HttpRequestException exception)
            {
                await RecoverAsync(exception, stoppingToken);
            }
        }
    }

    private async Task TurnAsync(string runnerId, CancellationToken stoppingToken)
    {
        if (KeptFailure.Sweep(_options.Workspaces, _options.KeepFailures, time) is > 0 and var forgotten)
            LogForgotten(forgotten);
        if (!_registered)
        {
            if (_report is null)
                (_report, _examinedAt) = (await ExamineAsync(stoppingToken), time.GetTimestamp());
            await client.RegisterAsync(new(runnerId, _options.Name, _options.Engine, _version, _report), stoppingToken);
            LogRegistered(_options.Name, runnerId, _options.Engine, _options.Web);
            foreach (var blocker in _report.Abilities.Blockers)
                LogBlocked(blocker);
        }

        _registered = true;
        _troubled = false;
        _backoff.Reset();
        if (await client.ClaimAsync(new(runnerId, history.Measurements), stoppingToken) is { } claim)
            await attempts.RunAsync(claim, _report?.Parity ?? [], stoppingToken);
        // A disk that was full, a volume that was mounted late, a program that was installed: nobody need restart the runner.
        else if (_report is { Abilities.Blockers.Count: > 0 } && time.GetElapsedTime(_examinedAt) >= _options.ExamineAgain)
            (_report, _registered) = (null, false);
    }

    // Whatever a machine holds ready for the doctor: the runner stays, and says that it can do nothing.
    private async Task<DoctorReport> ExamineAsync(CancellationToken stoppingToken)
    {
        try
        {
            return await doctor.ExamineAsync(stoppingToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogDoctorFailed(exception);
            return new([], [], new() { Blockers = [$"The doctor met a fault of its own: {exception.Message} Report it with the runner's log."] });
        }
    }

    private async Task RecoverAsync(HttpRequestException exception, CancellationToken stoppingToken)
    {
        // The Web lost its memory of us.
        _registered &= exception.StatusCode != HttpStatusCode.NotFound;
        var refused = exception.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
        if (!_troubled && refused)
            LogRefused(_options.Web);
        else if (!_troubled)
            LogUnreachable(_options.Web, exception.Message);

        _troubled = true;
        if (refused)
            await Task.Delay(_afterRefusal, time, stoppingToken);
        else
            await _backoff.PauseAsync(stoppingToken);
    }
}

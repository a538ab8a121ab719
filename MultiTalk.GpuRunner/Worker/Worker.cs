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
public sealed partial class Worker(
    WebClient client, RunnerIdentity identity, AttemptRunner attempts, RunHistory history, Doctor doctor, IOptions<RunnerOptions> options, TimeProvider time, ILogger<Worker> logger)
    : BackgroundService
{
    // A refused token is put right by people, not by hurrying.
    private static readonly TimeSpan _afterRefusal = TimeSpan.FromSeconds(30);

    // KillAfter, the release of an attempt and this stay within the 10 s that container runtimes give, also if the Web hangs.
    private static readonly TimeSpan _leaveWithin = TimeSpan.FromSeconds(1.5);

    // A Web holds a claim for as long as its settings say, but for longer than this.
    private static readonly TimeSpan _atOnce = TimeSpan.FromMilliseconds(100);

    private static readonly string _version =
        typeof(Worker).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private readonly RunnerOptions _options = options.Value;
    private readonly Backoff _backoff = new(time);

    // A Web holds a claim; should one not, this runner still makes less than one in 20 s, and shows that it lives.
    private readonly Backoff _idle = new(time, first: 1, longest: 30);
    private DoctorReport? _report;
    private long _examinedAt;
    private bool _registered;
    private bool _troubled;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (Workspace.Sweep(_options.Workspaces) is > 0 and var swept)
            LogSwept(swept);

        try
        {
            while (!stoppingToken.IsCancellationRequested)
                await TurnAsync(stoppingToken);
        }
        finally
        {
            if (_registered)
                await LeaveAsync();
        }
    }

    private async Task TurnAsync(CancellationToken stoppingToken)
    {
        try
        {
            await WorkAsync(stoppingToken);
        }
        catch (HttpRequestException exception)
        {
            await RecoverAsync(exception, stoppingToken);
        }
    }

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        if (KeptFailure.Sweep(_options.Workspaces, _options.KeepFailures, time) is > 0 and var forgotten)
            LogForgotten(forgotten);
        if (_report is null || !_registered)
        {
            if (_report is null)
                (_report, _examinedAt) = (await ExamineAsync(stoppingToken), time.GetTimestamp());
            await client.RegisterAsync(new(identity.Id, _options.Name, _options.Engine, _version, _report), stoppingToken);
            LogRegistered(_options.Name, identity.Id, _options.Engine, _options.Web);
            foreach (var blocker in _report.Abilities.Blockers)
                LogBlocked(blocker);
            _registered = true;
        }

        var asked = time.GetTimestamp();
        var claim = await client.ClaimAsync(new(identity.Id, history.Measurements, []), stoppingToken);
        _troubled = false;
        _backoff.Reset();
        var waited = claim is not null || time.GetElapsedTime(asked) >= _atOnce;
        if (waited)
            _idle.Reset();

        if (claim is not null)
            await attempts.RunAsync(claim, _report.Parity, stoppingToken);
        // A disk that was full, a volume that was mounted late, a program that was installed: nobody need restart the runner.
        else if (_report.Abilities.Blockers.Count > 0 && time.GetElapsedTime(_examinedAt) >= _options.ExamineAgain)
            _report = null;
        else if (!waited)
            await _idle.PauseAsync(stoppingToken);
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
            await _backoff.PauseAsync(exception, stoppingToken);
    }

    // What the Web handed out while this runner stopped need not wait for the end of its lease.
    private async Task LeaveAsync()
    {
        using var limit = new CancellationTokenSource(_leaveWithin);
        try
        {
            await client.LeaveAsync(new(identity.Id), limit.Token);
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            LogNotLeft(_options.Web, exception.Message);
        }
    }
}

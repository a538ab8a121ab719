using Microsoft.Extensions.Logging;
using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.GpuRunner.Worker;

/// <summary>
/// Tells the Web how an attempt goes, at a steady pace and whatever the script does. An unreachable Web changes nothing; only
/// the answer that the attempt is no longer ours, or a drain, ends it.
/// </summary>
internal sealed partial class Heartbeats(WebClient client, Claim claim, RunnerOptions options, TimeProvider time, ILogger logger)
    : IProgress<GenerationProgress>, IProgress<string>, IDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _one = new(1);
    private readonly CancellationTokenSource _end = new();
    private readonly PendingLines _pending = new();
    private GenerationProgress _progress = new(Phase.Preparing, 0, 0, claim.Plan.Segments);
    private bool _unreachable;

    /// <summary>Ends the attempt: it was fenced, or the Web wants it back.</summary>
    public CancellationToken Ended => _end.Token;

    /// <summary>Whether the attempt is no longer ours.</summary>
    public bool Fenced { get; private set; }

    /// <inheritdoc/>
    public void Report(GenerationProgress value)
    {
        lock (_gate)
            _progress = value;
    }

    /// <inheritdoc/>
    public void Report(string value) => _pending.Add(value);

    /// <summary>Beats until canceled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.Heartbeat, time);
        try
        {
            do
                await BeatAsync(cancellationToken);
            while (!Ended.IsCancellationRequested && await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The attempt is over.
        }
    }

    /// <summary>Sends what there is now, so that the last lines arrive before the attempt's end does.</summary>
    public async Task BeatAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            var (lines, next) = _pending.Peek();
            var command = await client.HeartbeatAsync(claim, new(Now(), lines), cancellationToken);
            _pending.Sent(next);
            if (_unreachable)
                LogReachable(logger, claim.JobId);
            _unreachable = false;
            if (command == RunnerCommand.Drain)
                await _end.CancelAsync();
        }
        catch (FencedException)
        {
            Fenced = true;
            await _end.CancelAsync();
        }
        catch (HttpRequestException exception)
        {
            if (!_unreachable)
                LogUnreachable(logger, claim.JobId, exception.Message);
            _unreachable = true;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Dispose();
        _one.Dispose();
    }

    private GenerationProgress Now()
    {
        lock (_gate)
            return _progress;
    }

    [LoggerMessage(10, LogLevel.Warning, "A heartbeat of job {JobId} failed; the generation goes on. {Reason}")]
    private static partial void LogUnreachable(ILogger logger, string jobId, string reason);

    [LoggerMessage(11, LogLevel.Information, "Heartbeats of job {JobId} arrive again.")]
    private static partial void LogReachable(ILogger logger, string jobId);
}

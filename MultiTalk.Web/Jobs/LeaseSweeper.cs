using Microsoft.Extensions.Options;

namespace MultiTalk.Web.Jobs;

/// <summary>Puts back jobs whose runner was lost. Every Web does this; the script lets one of them win.</summary>
public sealed partial class LeaseSweeper(JobStore store, IOptions<JobsOptions> options, TimeProvider time, ILogger<LeaseSweeper> logger)
    : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.SweepEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await store.SweepAsync();
            }
            // Whatever it is, the next pass may succeed; a Web without a sweeper would leave lost jobs lying.
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogSweepFailed(exception);
            }
        }
    }

    [LoggerMessage(1101, LogLevel.Warning, "Expired leases could not be looked for; the next pass tries again.")]
    private partial void LogSweepFailed(Exception exception);
}

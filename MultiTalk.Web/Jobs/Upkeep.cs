using Microsoft.Extensions.Options;
using MultiTalk.Web.Media;

namespace MultiTalk.Web.Jobs;

/// <summary>
/// Puts back jobs whose runner was lost, and forgets what is old. Every Web does this; the scripts let one of them win.
/// </summary>
public sealed partial class Upkeep(JobStore store, JobFiles files, IOptions<JobsOptions> options, TimeProvider time, ILogger<Upkeep> logger)
    : BackgroundService
{
    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        // Side by side: to delete many large files takes longer than a lease may wait.
        Task.WhenAll(RepeatAsync(store.SweepAsync, stoppingToken), RepeatAsync(ForgetAsync, stoppingToken));

    private async Task RepeatAsync(Func<Task> pass, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.SweepEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await pass();
            }
            // Whatever it is, the next pass may succeed; a Web without upkeep would leave lost jobs lying.
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailed(exception);
            }
        }
    }

    private async Task ForgetAsync()
    {
        await store.ForgetRunnersAsync();
        foreach (var id in await store.OutdatedAsync())
        {
            // In this order: a Web that is killed in between finds the job again, but would never find its files.
            await files.DeleteAsync(id);
            await store.ForgetAsync(id);
        }
    }

    [LoggerMessage(1101, LogLevel.Warning, "Expired leases and old jobs could not be looked for; the next pass tries again.")]
    private partial void LogFailed(Exception exception);
}

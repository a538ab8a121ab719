using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace MultiTalk.Web.Media;

/// <summary>
/// Whether the media store can be used; looked at when the Web starts, and again and again. One in a cloud that is away ends no start: the
/// Web answers that media are not to be had, and goes on as soon as they are, also with a container that could not be made before.
/// </summary>
internal sealed partial class MediaHealth(IMediaStore store, IOptions<MediaOptions> options, TimeProvider time, ILogger<MediaHealth> logger) : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan _betweenLooks = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _betweenTries = TimeSpan.FromSeconds(2);

    // A start waits no longer for a store that hangs.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(3);

    private volatile string? _trouble;

    /// <inheritdoc/>
    /// <exception cref="StartException">The directory cannot be written: better said now than at the first upload.</exception>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await LookAsync(cancellationToken);
        if (_trouble is { } trouble && options.Value.Store == MediaOptions.OnDisk)
            throw new StartException($"The media store cannot be used: {trouble} Set Media:Directory to a directory that this program may write.");
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(_trouble is { } trouble
        ? HealthCheckResult.Degraded($"The media store cannot be used: {trouble} Uploads and downloads are refused until it can; what is queued waits. {Remedy}")
        : HealthCheckResult.Healthy("The media store answers."));

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.Delay(_trouble is null ? _betweenLooks : _betweenTries, time, stoppingToken);
            await LookAsync(stoppingToken);
        }
    }

    private string Remedy => options.Value.Store switch
    {
        MediaOptions.InAzure => $"Check Media:Azure, the container \"{options.Value.Azure.Container}\", and that this program has the role \"Storage Blob Data Contributor\".",
        MediaOptions.InS3 => $"Check Media:S3, the bucket \"{options.Value.S3.Bucket}\", and that this program may list, read, write and delete in it.",
        _ => "Check Media:Directory and its disk.",
    };

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_patience);
        string? trouble = null;
        try
        {
            await store.PrepareAsync(limit.Token);
        }
        catch (MediaUnavailableException exception)
        {
            trouble = exception.Reason;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            trouble = FormattableString.Invariant($"It did not answer within {_patience.TotalSeconds:0.#} s.");
        }

        var before = _trouble;
        _trouble = trouble;
        if (trouble is null && before is not null)
            LogBack();
        else if (trouble is not null && trouble != before)
            LogAway(trouble, Remedy);
    }

    [LoggerMessage(1120, LogLevel.Error, "The media store cannot be used: {Reason} Uploads and downloads are refused until it can. {Remedy}")]
    private partial void LogAway(string reason, string remedy);

    [LoggerMessage(1121, LogLevel.Information, "The media store can be used again.")]
    private partial void LogBack();
}

using System.Globalization;
using Microsoft.Extensions.Options;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Web.Media;

/// <summary>
/// Removes files that belong to nothing any more: of jobs and uploads that Redis does not know, after a Web that was killed in between or
/// an upload that expired. Every Web does this, at moments of its own. Where the store belongs to another Redis, nothing is removed.
/// </summary>
public sealed partial class OrphanFiles(
    IMediaStore store, StoreTie tie, RedisConnection redis, IOptions<MediaOptions> options, TimeProvider time, ILogger<OrphanFiles> logger) : BackgroundService
{
    /// <summary>What the names of all uploads' files begin with.</summary>
    public const string Uploads = "media/";

    // Files come before their record; no upload takes this long.
    private static readonly TimeSpan _young = TimeSpan.FromHours(6);

    // Files whose records are asked for together.
    private const int Page = 500;

    // A start waits no longer for the store.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(3);

    /// <summary>Ties a new store to its Redis while it is empty, if both answer; otherwise, when they do.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_patience);
        try
        {
            await tie.HoldsAsync(limit.Token);
        }
        catch (Exception exception) when ((exception is MediaUnavailableException or OperationCanceledException || RedisConnection.IsAway(exception)) && !cancellationToken.IsCancellationRequested)
        {
            // Their own checks say so.
        }

        await base.StartAsync(cancellationToken);
    }

    /// <summary>Removes them once, and what a killed Web left of uploads.</summary>
    /// <exception cref="RedisException">Redis did not answer; what it was asked about stays.</exception>
    /// <exception cref="MediaUnavailableException">The store did not answer.</exception>
    public async Task CleanAsync(CancellationToken cancellationToken)
    {
        Scratch.Open(options.Value.Scratch, time);
        if (!await tie.HoldsAsync(cancellationToken))
        {
            LogForeign(StoreTie.File);
            return;
        }

        var removed = await CleanAsync(JobFiles.Root, Keys.Job, cancellationToken) + await CleanAsync(Uploads, Keys.Media, cancellationToken);
        if (removed > 0)
            LogRemoved(removed);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var every = options.Value.CleanEvery;
        // Webs that were started together do not look together.
        await Task.Delay(every * Random.Shared.NextDouble(), time, stoppingToken);
        using var timer = new PeriodicTimer(every, time);
        do
        {
            try
            {
                await CleanAsync(stoppingToken);
            }
            // Whatever it is, the next pass may succeed.
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailed(exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<int> CleanAsync(string root, Func<string, RedisKey> key, CancellationToken cancellationToken)
    {
        var removed = 0;
        await foreach (var files in store.ListAsync(root, cancellationToken).Where(IsOld).Chunk(Page).WithCancellation(cancellationToken))
        {
            var known = await Task.WhenAll(files.Select(IdOf).Distinct().Select(async id => (Id: id, Exists: await redis.Database.KeyExistsAsync(key(id)))));
            var gone = known.Where(record => !record.Exists).Select(record => record.Id).ToHashSet();
            foreach (var file in files.Where(file => gone.Contains(IdOf(file))))
            {
                await store.DeleteAsync(file.Name, cancellationToken);
                removed++;
            }
        }

        return removed;
    }

    private static string IdOf(MediaFile file) => file.Name.Split('/')[1];

    // An id of another kind is none of ours: nobody knows whether it is needed. https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
    private bool IsOld(MediaFile file)
    {
        var id = IdOf(file);
        return Guid.TryParseExact(id, "n", out var uuid) && uuid.Version == 7
            && time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(id.AsSpan(0, 12), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)) > _young;
    }

    [LoggerMessage(1110, LogLevel.Information, "{Count} files of jobs and uploads that are not known any more were removed.")]
    private partial void LogRemoved(int count);

    [LoggerMessage(1112, LogLevel.Warning, "The media store belongs to another Redis than this one, or this one was emptied, so no file is taken for forgotten. "
        + "Set ConnectionStrings:redis and Media to those that belong together. If the other Redis is gone for good, delete the file \"{File}\" of the store: what this Redis does not know is then removed.")]
    private partial void LogForeign(string file);

    [LoggerMessage(1111, LogLevel.Warning, "Files that belong to nothing could not be looked for; the next pass tries again.")]
    private partial void LogFailed(Exception exception);
}

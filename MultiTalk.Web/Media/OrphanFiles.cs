using System.Globalization;
using Microsoft.Extensions.Options;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Web.Media;

/// <summary>
/// Removes files that belong to nothing any more: of jobs and uploads that Redis does not know, after a Web that was killed in between or
/// an upload that expired. Every Web does this, at moments of its own.
/// </summary>
public sealed partial class OrphanFiles(
    IMediaStore store, RedisConnection redis, IOptions<MediaOptions> options, TimeProvider time, ILogger<OrphanFiles> logger) : BackgroundService
{
    /// <summary>What the names of all uploads' files begin with.</summary>
    public const string Uploads = "media/";

    // Files come before their record; no upload takes this long.
    private static readonly TimeSpan _young = TimeSpan.FromHours(6);

    // Files whose records are asked for together.
    private const int Page = 500;

    /// <summary>Removes them once.</summary>
    /// <exception cref="RedisException">Redis did not answer; what it was asked about stays.</exception>
    public async Task CleanAsync(CancellationToken cancellationToken)
    {
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

    [LoggerMessage(1111, LogLevel.Warning, "Files that belong to nothing could not be looked for; the next pass tries again.")]
    private partial void LogFailed(Exception exception);
}

using System.Text;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Web.Media;

/// <summary>
/// Ties the media store to the Redis that knows its files: both keep one id, made when they meet first. A Redis that was emptied, or that
/// is another system's, knows none of the files, and all of them would look as if they belonged to nothing.
/// </summary>
public sealed class StoreTie(IMediaStore store, RedisConnection redis)
{
    /// <summary>The file of the store that holds the id.</summary>
    public const string File = "store-id";

    private const int MaxBytes = 100;

    /// <summary>Whether store and Redis belong together; they do from now on if the store belongs to none.</summary>
    /// <exception cref="MediaUnavailableException">The store did not answer.</exception>
    /// <exception cref="RedisException">Redis did not answer, or is full.</exception>
    public async Task<bool> HoldsAsync(CancellationToken cancellationToken)
    {
        if (await ReadAsync(cancellationToken) is { } kept)
            return await redis.Database.StringGetAsync(Keys.MediaStore) == kept;

        // Of many Webs that start at once, one makes the id.
        await redis.Database.StringSetAsync(Keys.MediaStore, Guid.NewGuid().ToString("n"), when: When.NotExists);
        using var id = new MemoryStream((byte[])(await redis.Database.StringGetAsync(Keys.MediaStore))!);
        await store.SaveAsync(File, id, new(MaxBytes, File), cancellationToken);
        return true;
    }

    private async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        await using var file = await store.OpenAsync(File, cancellationToken);
        return file is null ? null : Encoding.ASCII.GetString(await Bounded.ReadAsync(file, File, MaxBytes, cancellationToken)).Trim();
    }
}

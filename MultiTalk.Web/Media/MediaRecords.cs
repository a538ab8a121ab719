using System.Globalization;
using Microsoft.Extensions.Options;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Web.Media;

/// <summary>
/// The uploads on Redis: a hash each, and each owner's in order. Both expire by themselves; an id whose hash is gone is dropped when
/// the list is read.
/// </summary>
public sealed class MediaRecords(RedisConnection redis, IOptions<MediaOptions> options, TimeProvider time)
{
    // Far longer than it takes to write one.
    private const int AgeMilliseconds = 60_000;

    private static readonly RedisValue[] _fields = ["owner", "kind", "name", "bytes", "sha256", "createdAt", "expiresAt", "width", "height", "samples", "speechSamples"];

    /// <summary>A new upload's id. Ids rise, so that lists need no other order.</summary>
    public static string NewId() => RisingId.New();

    /// <summary>Keeps an upload until it expires.</summary>
    /// <exception cref="RedisException">Redis did not answer, or is full.</exception>
    public async Task AddAsync(MediaRecord media)
    {
        // First, so that a full Redis refuses it here, by a plain error; alone it is nothing yet.
        await redis.Database.SortedSetAddAsync(Keys.MediaOf(media.Owner), media.Id, 0);
        var adding = redis.Database.CreateTransaction();
        _ = adding.HashSetAsync(Keys.Media(media.Id), Write(media));
        _ = adding.KeyExpireAsync(Keys.Media(media.Id), options.Value.KeepUploads);
        _ = adding.KeyExpireAsync(Keys.MediaOf(media.Owner), options.Value.KeepUploads);
        await adding.ExecuteAsync();
    }

    /// <summary>An owner's upload; null if there is none, or if it is somebody else's.</summary>
    public async Task<MediaRecord?> FindAsync(string owner, string id) =>
        Read(id, await redis.Database.HashGetAsync(Keys.Media(id), _fields)) is { } media && media.Owner == owner ? media : null;

    /// <summary>A page of an owner's uploads, newest first.</summary>
    /// <param name="owner">Whose.</param>
    /// <param name="before">The last id of the page before; null for the first page.</param>
    /// <param name="limit">Most uploads a page.</param>
    public async Task<IReadOnlyList<MediaRecord>> ListAsync(string owner, string? before, int limit)
    {
        List<MediaRecord> found = [];
        while (found.Count < limit)
        {
            var most = limit - found.Count;
            var ids = await redis.Database.SortedSetRangeByValueAsync(
                Keys.MediaOf(owner), max: before ?? RedisValue.Null, exclude: Exclude.Stop, order: Order.Descending, take: most);
            var page = await Task.WhenAll(ids.Select(async id => (Id: id, Media: await FindAsync(owner, (string)id!))));
            found.AddRange(page.Select(entry => entry.Media).OfType<MediaRecord>());
            await ForgetAsync(owner, [.. page.Where(entry => entry.Media is null).Select(entry => entry.Id)]);
            if (ids.Length < most)
                break;
            before = (string)ids[^1]!;
        }

        return found;
    }

    /// <summary>Forgets an upload; false if it was gone already. Its file has to be removed before it.</summary>
    public async Task<bool> RemoveAsync(MediaRecord media)
    {
        var removed = await redis.Database.KeyDeleteAsync(Keys.Media(media.Id));
        await redis.Database.SortedSetRemoveAsync(Keys.MediaOf(media.Owner), media.Id);
        return removed;
    }

    private async Task ForgetAsync(string owner, RedisValue[] ids)
    {
        // Those of uploads whose hash is just being written are newer than any that can have expired.
        var expired = ids.Where(id => IsOld((string)id!)).ToArray();
        if (expired.Length > 0)
            await redis.Database.SortedSetRemoveAsync(Keys.MediaOf(owner), expired);
    }

    // The first 48 bits of an id are the milliseconds of its making (RFC 9562, 5.7).
    private bool IsOld(string id) =>
        time.GetUtcNow().ToUnixTimeMilliseconds() - long.Parse(id.AsSpan(0, 12), NumberStyles.HexNumber, CultureInfo.InvariantCulture) > AgeMilliseconds;

    private static HashEntry[] Write(MediaRecord media) =>
    [
        new("owner", media.Owner),
        new("kind", media.Kind == MediaKind.Image ? "image" : "voice"),
        new("name", media.Name),
        new("bytes", media.Bytes),
        new("sha256", media.Sha256),
        new("createdAt", media.CreatedAt.ToUnixTimeMilliseconds()),
        new("expiresAt", media.ExpiresAt.ToUnixTimeMilliseconds()),
        .. media.Picture is { } picture ? [new("width", picture.Width), new("height", picture.Height)] : Array.Empty<HashEntry>(),
        .. media.Voice is { } voice ? [new("samples", voice.Samples), new("speechSamples", voice.SpeechSamples)] : Array.Empty<HashEntry>(),
    ];

    private static MediaRecord? Read(string id, RedisValue[] fields) => fields[0].IsNull
        ? null
        : new(id, (string)fields[0]!, fields[1] == "image" ? MediaKind.Image : MediaKind.Voice, (string)fields[2]!, (long)fields[3], (string)fields[4]!, Time(fields[5]), Time(fields[6]))
        {
            Picture = fields[7].IsNull ? null : new((int)fields[7], (int)fields[8]),
            Voice = fields[9].IsNull ? null : new((long)fields[9], (long)fields[10]),
        };

    private static DateTimeOffset Time(RedisValue milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds);
}

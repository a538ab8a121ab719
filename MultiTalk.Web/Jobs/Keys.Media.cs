using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

public static partial class Keys
{
    /// <summary>The id of the media store whose files this Redis knows.</summary>
    public const string MediaStore = Tag + "media-store";

    /// <summary>Hash of one upload: whose it is, what it is, its measures; expires.</summary>
    public static RedisKey Media(string id) => Tag + "media:" + id;

    /// <summary>Sorted set of the ids of an owner's uploads, ordered by name; expires with the newest.</summary>
    public static RedisKey MediaOf(string owner) => Tag + "media-of:" + owner;
}

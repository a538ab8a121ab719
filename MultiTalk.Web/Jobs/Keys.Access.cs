using System.Globalization;
using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

public static partial class Keys
{
    /// <summary>Hash of when API keys were used last: the id of the key → milliseconds since 1970.</summary>
    public const string KeysUsed = Tag + "access:keys-used";

    /// <summary>Hash of runner tokens that were made over the API: the hash of the token → what it is.</summary>
    public const string MadeTokens = Tag + "access:made-tokens";

    /// <summary>Hash of which runner belongs to which of those tokens: <c>token:</c> and its id → the runner, <c>runner:</c> and its id → the token.</summary>
    public const string TokenRunners = Tag + "access:token-runners";

    /// <summary>Hash of how often all sessions of an owner were ended. A session that began at another count has ended.</summary>
    public const string Sessions = Tag + "access:sessions";

    /// <summary>There once a session was signed out; expires when the session would have ended anyway.</summary>
    public static RedisKey SignedOut(string session) => Tag + "access:signed-out:" + session;

    /// <summary>Hash of what an owner used on a day: <c>uploadBytes</c> and <c>gpuSeconds</c>; expires two days after it was written last.</summary>
    public static RedisKey Usage(string owner, DateOnly day) => Tag + "usage:" + owner + ":" + day.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    /// <summary>That of today (UTC).</summary>
    /// <param name="owner">Whose.</param>
    /// <param name="now">Milliseconds since 1970, of Redis' clock.</param>
    public static RedisKey UsageToday(string owner, long now) => Usage(owner, DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeMilliseconds(now).UtcDateTime));

    /// <summary>When an owner may submit next, by the generic cell rate algorithm: microseconds of Redis' clock; expires.</summary>
    public static RedisKey Rate(string owner) => Tag + "rate:" + owner;
}

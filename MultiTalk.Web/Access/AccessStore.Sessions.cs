using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Web.Access;

public sealed partial class AccessStore
{
    /// <summary>Makes the token of a sign-in link that works once.</summary>
    public async Task<string> NewSignInAsync(Grant grant, TimeSpan lifetime)
    {
        var token = Secret.New("");
        await redis.Database.StringSetAsync(Keys.SignIn(Secret.Hash(token)), Write(grant), lifetime);
        return token;
    }

    /// <summary>Uses a sign-in token up; null if it was used before, has expired or never was.</summary>
    public async Task<Grant?> TakeSignInAsync(string token) => Read(await redis.Database.StringGetDeleteAsync(Keys.SignIn(Secret.Hash(token))));

    /// <summary>How often an owner's sessions were ended. One that began at another count has ended; so clocks need not agree.</summary>
    public async Task<long> SessionsEndedAsync(string owner) => (long)await redis.Database.HashGetAsync(Keys.Sessions, owner);

    /// <summary>Whether a session is neither signed out nor ended with all others of its owner.</summary>
    /// <param name="owner">Whose.</param>
    /// <param name="count">How often the owner's sessions were ended before it began.</param>
    /// <param name="session">Its id.</param>
    public async Task<bool> IsOpenAsync(string owner, long count, string session)
    {
        var (ended, signedOut) = (SessionsEndedAsync(owner), redis.Database.KeyExistsAsync(Keys.SignedOut(session)));
        return await ended == count & !await signedOut;
    }

    /// <summary>Ends one session, on every Web and in every page that is open.</summary>
    public Task SignOutAsync(string session) => redis.Database.StringSetAsync(Keys.SignedOut(session), RedisValue.EmptyString, Session.Longest);

    /// <summary>Ends every session of an owner.</summary>
    public Task EndSessionsAsync(string owner) => redis.Database.HashIncrementAsync(Keys.Sessions, owner);
}

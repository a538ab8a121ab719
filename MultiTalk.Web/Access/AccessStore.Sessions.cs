using MultiTalk.Web.Jobs;

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

    /// <summary>Ends every session of an owner.</summary>
    public Task EndSessionsAsync(string owner) => redis.Database.HashIncrementAsync(Keys.Sessions, owner);
}

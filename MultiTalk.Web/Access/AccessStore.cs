using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Web.Access;

/// <summary>Whom a key or a sign-in link stands for.</summary>
/// <param name="Id">Of the key; shown, no secret.</param>
/// <param name="Owner">Whose jobs they are.</param>
/// <param name="Scopes">Some of <see cref="Access.Scopes"/>.</param>
public sealed record Grant(string Id, string Owner, IReadOnlyList<string> Scopes);

/// <summary>Keys, runner tokens and sign-in links on Redis, hashed.</summary>
public sealed class AccessStore(RedisConnection redis)
{
    /// <summary>Whether any API key exists.</summary>
    public async Task<bool> HasKeysAsync() => await redis.Database.HashLengthAsync(Keys.ApiKeys) > 0;

    /// <summary>Accepts an API key from now on.</summary>
    public Task AddKeyAsync(string key, Grant grant) =>
        redis.Database.HashSetAsync(Keys.ApiKeys, Secret.Hash(key), JsonSerializer.Serialize(grant, AccessJson.Default.Grant));

    /// <summary>Refuses the API keys with an id from now on.</summary>
    public async Task RemoveKeysAsync(string id)
    {
        foreach (var entry in await redis.Database.HashGetAllAsync(Keys.ApiKeys))
        {
            if (Read(entry.Value)?.Id == id)
                await redis.Database.HashDeleteAsync(Keys.ApiKeys, entry.Name);
        }
    }

    /// <summary>Whom an API key stands for; null if it is none.</summary>
    public async Task<Grant?> FindKeyAsync(string key) => Read(await redis.Database.HashGetAsync(Keys.ApiKeys, Secret.Hash(key)));

    /// <summary>Accepts a runner token from now on, in place of the one that had this name.</summary>
    public Task SetRunnerTokenAsync(string name, string token) =>
        redis.Database.HashSetAsync(Keys.RunnerTokens, name, Secret.Hash(token));

    /// <summary>The name of a runner token; null if it is none.</summary>
    public async Task<string?> FindRunnerTokenAsync(string token)
    {
        var hash = Encoding.ASCII.GetBytes(Secret.Hash(token));
        var tokens = await redis.Database.HashGetAllAsync(Keys.RunnerTokens);
        return tokens.FirstOrDefault(entry => CryptographicOperations.FixedTimeEquals(entry.Value!, hash)).Name;
    }

    /// <summary>Makes the token of a sign-in link that works once.</summary>
    public async Task<string> NewSignInAsync(Grant grant, TimeSpan lifetime)
    {
        var token = Secret.New("");
        await redis.Database.StringSetAsync(Keys.SignIn(Secret.Hash(token)), JsonSerializer.Serialize(grant, AccessJson.Default.Grant), lifetime);
        return token;
    }

    /// <summary>Uses a sign-in token up; null if it was used before, has expired or never was.</summary>
    public async Task<Grant?> TakeSignInAsync(string token) => Read(await redis.Database.StringGetDeleteAsync(Keys.SignIn(Secret.Hash(token))));

    private static Grant? Read(RedisValue value) => value.IsNull ? null : JsonSerializer.Deserialize((string)value!, AccessJson.Default.Grant);
}

/// <summary>How grants are written.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Grant))]
internal sealed partial class AccessJson : JsonSerializerContext;

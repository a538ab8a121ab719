using System.Collections.Concurrent;
using System.Text.Json;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Web.Access;

/// <summary>Keys, runner tokens, sign-in links and sessions on Redis; secrets are hashed.</summary>
/// <param name="redis">Where they are.</param>
/// <param name="time">By which keys expire; the system's unless given.</param>
public sealed partial class AccessStore(RedisConnection redis, TimeProvider? time = null)
{
    private static readonly TimeSpan _usedEvery = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time = time ?? TimeProvider.System;

    // When the use of a key was written last.
    private readonly ConcurrentDictionary<string, DateTimeOffset> _used = [];

    /// <summary>Whether any API key exists.</summary>
    public async Task<bool> HasKeysAsync() => await redis.Database.HashLengthAsync(Keys.ApiKeys) > 0;

    /// <summary>Accepts an API key from now on.</summary>
    public Task AddKeyAsync(string key, Grant grant) => redis.Database.HashSetAsync(Keys.ApiKeys, Secret.Hash(key), Write(grant));

    /// <summary>Every key, in no order.</summary>
    public async Task<IReadOnlyList<Grant>> KeysAsync() => [.. (await redis.Database.HashGetAllAsync(Keys.ApiKeys)).Select(entry => Read(entry.Value)!)];

    /// <summary>When keys were used last, by their ids; a minute late at most.</summary>
    public async Task<IReadOnlyDictionary<string, DateTimeOffset>> KeysUsedAsync() =>
        (await redis.Database.HashGetAllAsync(Keys.KeysUsed)).ToDictionary(entry => (string)entry.Name!, entry => DateTimeOffset.FromUnixTimeMilliseconds((long)entry.Value));

    /// <summary>Changes a key; null if there is none.</summary>
    public async Task<Grant?> ChangeKeyAsync(string id, Func<Grant, Grant> change)
    {
        while (await EntryAsync(id) is { } entry)
        {
            var changed = change(Read(entry.Value)!);
            // Only if it is still as it was: a change must not bring back what was revoked meanwhile.
            var transaction = redis.Database.CreateTransaction();
            transaction.AddCondition(Condition.HashEqual(Keys.ApiKeys, entry.Name, entry.Value));
            _ = transaction.HashSetAsync(Keys.ApiKeys, entry.Name, Write(changed));
            if (await transaction.ExecuteAsync())
                return changed;
        }

        return null;
    }

    /// <summary>Refuses the API keys with an id from now on; false if there is none.</summary>
    public async Task<bool> RemoveKeysAsync(string id)
    {
        var removed = false;
        while (await EntryAsync(id) is { } entry)
            removed |= await redis.Database.HashDeleteAsync(Keys.ApiKeys, entry.Name);
        await redis.Database.HashDeleteAsync(Keys.KeysUsed, id);
        return removed;
    }

    /// <summary>Whom an API key stands for; null if it is none, or has expired.</summary>
    /// <remarks>It is found by its hash, so how long that takes tells nothing of any key.</remarks>
    public async Task<Grant?> FindKeyAsync(string key)
    {
        if (Read(await redis.Database.HashGetAsync(Keys.ApiKeys, Secret.Hash(key))) is not { } grant || grant.ExpiresAt <= _time.GetUtcNow())
            return null;
        Touch(grant.Id);
        return grant;
    }

    private async Task<HashEntry?> EntryAsync(string id)
    {
        foreach (var entry in await redis.Database.HashGetAllAsync(Keys.ApiKeys))
        {
            if (Read(entry.Value)?.Id == id)
                return entry;
        }

        return null;
    }

    // Nobody waits for it: it is for people, and may be lost.
    private void Touch(string id)
    {
        var now = _time.GetUtcNow();
        if (_used.TryGetValue(id, out var last) && now - last < _usedEvery)
            return;
        _used[id] = now;
        redis.Database.HashSet(Keys.KeysUsed, id, now.ToUnixTimeMilliseconds(), flags: CommandFlags.FireAndForget);
    }

    private static string Write(Grant grant) => JsonSerializer.Serialize(grant, AccessJson.Default.Grant);

    private static Grant? Read(RedisValue value) => value.IsNull ? null : JsonSerializer.Deserialize((string)value!, AccessJson.Default.Grant);
}

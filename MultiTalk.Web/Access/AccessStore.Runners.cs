using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Web.Access;

public sealed partial class AccessStore
{
    /// <summary>Accepts a runner token from now on, in place of the one that had this name. Many runners may share it.</summary>
    public Task SetRunnerTokenAsync(string name, string token) =>
        redis.Database.HashSetAsync(Keys.RunnerTokens, name, Secret.Hash(token));

    /// <summary>The name of a runner token that many may share; null if it is none.</summary>
    public async Task<string?> FindRunnerTokenAsync(string token)
    {
        var hash = Encoding.ASCII.GetBytes(Secret.Hash(token));
        var tokens = await redis.Database.HashGetAllAsync(Keys.RunnerTokens);
        return tokens.FirstOrDefault(entry => CryptographicOperations.FixedTimeEquals(entry.Value!, hash)).Name;
    }

    /// <summary>Accepts a token for one runner from now on.</summary>
    public Task AddRunnerTokenAsync(string secret, RunnerToken token) =>
        redis.Database.HashSetAsync(Keys.MadeTokens, Secret.Hash(secret), JsonSerializer.Serialize(token, AccessJson.Default.RunnerToken));

    /// <summary>The token for one runner that a secret is; null if it is none.</summary>
    public async Task<RunnerToken?> FindMadeTokenAsync(string secret) => ReadToken(await redis.Database.HashGetAsync(Keys.MadeTokens, Secret.Hash(secret)));

    /// <summary>The tokens for one runner each, with the id of that runner once it has registered.</summary>
    public async Task<IReadOnlyList<(RunnerToken Token, string? Runner)>> RunnerTokensAsync()
    {
        var tokens = await redis.Database.HashGetAllAsync(Keys.MadeTokens);
        var runners = (await redis.Database.HashGetAllAsync(Keys.TokenRunners)).ToDictionary(entry => (string)entry.Name!, entry => (string?)entry.Value);
        return [.. tokens.Select(entry => ReadToken(entry.Value)!).Select(token => (token, runners.GetValueOrDefault("token:" + token.Id)))];
    }

    /// <summary>Refuses a token for one runner from now on; its runner may come back with another one. False if there is none.</summary>
    public async Task<bool> RemoveRunnerTokenAsync(string id)
    {
        var entry = (await redis.Database.HashGetAllAsync(Keys.MadeTokens)).FirstOrDefault(entry => ReadToken(entry.Value)?.Id == id);
        if (entry.Name.IsNull)
            return false;
        // The token first: what follows only tidies up.
        var removed = await redis.Database.HashDeleteAsync(Keys.MadeTokens, entry.Name);
        if (await redis.Database.HashGetAsync(Keys.TokenRunners, "token:" + id) is { IsNull: false } runner)
        {
            await redis.Database.HashSetAsync(Keys.TokenRunners, "runner:" + runner, "");
            await redis.Database.HashDeleteAsync(Keys.TokenRunners, "token:" + id);
        }

        return removed;
    }

    /// <summary>A runner registers.</summary>
    /// <param name="token">The id of the token that is its own; null if it came with one that many share.</param>
    /// <param name="runner">The runner's id.</param>
    /// <returns>False if the token belongs to another runner, or the runner to another token.</returns>
    public async Task<bool> TakeRunnerAsync(string? token, string runner) => token is null
        ? await MaySpeakAsync(null, runner)
        : await AccessScripts.Bind.CodeAsync(redis.Database, [Keys.TokenRunners, Keys.Runner(runner)], token, runner) == 1;

    /// <summary>Whether who has a token may speak for a runner.</summary>
    /// <param name="token">As for <see cref="TakeRunnerAsync"/>.</param>
    /// <param name="runner">The runner's id.</param>
    public async Task<bool> MaySpeakAsync(string? token, string runner)
    {
        var holder = (string?)await redis.Database.HashGetAsync(Keys.TokenRunners, "runner:" + runner);
        return token is null ? string.IsNullOrEmpty(holder) : holder == token;
    }

    private static RunnerToken? ReadToken(RedisValue value) => value.IsNull ? null : JsonSerializer.Deserialize((string)value!, AccessJson.Default.RunnerToken);
}

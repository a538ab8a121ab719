using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

/// <summary>A transition of the queue: one of the <c>.lua</c> files in <c>Scripts</c>. Returns a code, never an error.</summary>
public sealed class Script
{
    private readonly string _text;

    // Given a text, the client looks its hash up by the whole text at every call, which takes longer than the rest of a call.
    private readonly byte[] _hash;

    internal Script(string text) => (_text, _hash) = (text, Sha1(text));

    /// <summary>Runs it: by its hash, or in full where the server does not know it yet.</summary>
    internal async Task<RedisResult> RunAsync(IDatabase database, RedisKey[] keys, params RedisValue[] arguments)
    {
        try
        {
            return await database.ScriptEvaluateAsync(_hash, keys, arguments);
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            return await database.ScriptEvaluateAsync(_text, keys, arguments);
        }
    }

    /// <summary>Runs it and returns its code.</summary>
    internal async Task<int> CodeAsync(IDatabase database, RedisKey[] keys, params RedisValue[] arguments) =>
        (int)await RunAsync(database, keys, arguments);

    /// <summary>Runs it after everything that was sent before, without waiting for its answer.</summary>
    internal void Send(IDatabase database, RedisKey[] keys, params RedisValue[] arguments) =>
        database.ScriptEvaluate(_text, keys, arguments, CommandFlags.FireAndForget);

#pragma warning disable CA5350 // The name of a script on Redis is its SHA-1 (https://redis.io/docs/latest/commands/evalsha).
    private static byte[] Sha1(string text) => SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350
}

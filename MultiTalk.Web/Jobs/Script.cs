using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

/// <summary>What has to happen in one step on Redis: one of the <c>.lua</c> files in a folder <c>Scripts</c>. Returns a code, never an error.</summary>
public sealed class Script
{
    private readonly string _text;

    // Given a text, the client looks its hash up by the whole text at every call, which takes longer than the rest of a call.
    private readonly byte[] _hash;

    internal Script(string text) => (_text, _hash) = (text, Sha1(text));

    /// <summary>The text of a script that is part of this program.</summary>
    /// <param name="area">The folder whose <c>Scripts</c> it lies in.</param>
    /// <param name="name">Its path in there, with dots and without <c>.lua</c>.</param>
    internal static string TextOf(string area, string name)
    {
        using var stream = typeof(Script).Assembly.GetManifestResourceStream($"MultiTalk.Web.{area}.Scripts.{name}.lua")
            ?? throw new InvalidOperationException($"The script {name}.lua is not part of this program. It must lie in {area}/Scripts.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

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

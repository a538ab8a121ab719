using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

/// <summary>A transition of the queue: one of the <c>.lua</c> files in <c>Scripts</c>. Returns a code, never an error.</summary>
public sealed class Script
{
    private readonly string _text;

    internal Script(string text) => _text = text;

    /// <summary>Runs it: by its hash, or in full where the server does not know it yet.</summary>
    internal Task<RedisResult> RunAsync(IDatabase database, RedisKey[] keys, params RedisValue[] arguments) =>
        database.ScriptEvaluateAsync(_text, keys, arguments);

    /// <summary>Runs it and returns its code.</summary>
    internal async Task<int> CodeAsync(IDatabase database, RedisKey[] keys, params RedisValue[] arguments) =>
        (int)await RunAsync(database, keys, arguments);

    /// <summary>Runs it after everything that was sent before, without waiting for its answer.</summary>
    internal void Send(IDatabase database, RedisKey[] keys, params RedisValue[] arguments) =>
        database.ScriptEvaluate(_text, keys, arguments, CommandFlags.FireAndForget);
}

using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

/// <summary>A transition of the queue: one of the <c>.lua</c> files in <c>Scripts</c>. Returns a code, never an error.</summary>
public sealed class Script
{
    private readonly string _text;

    private Script(string name)
    {
        using var stream = typeof(Script).Assembly.GetManifestResourceStream($"MultiTalk.Web.Jobs.Scripts.{name}.lua")
            ?? throw new InvalidOperationException($"The script {name}.lua is not part of this program. It must lie in Jobs/Scripts.");
        using var reader = new StreamReader(stream);
        _text = reader.ReadToEnd();
    }

    internal static Script Submit { get; } = new("submit");

    internal static Script Claim { get; } = new("claim");

    internal static Script Heartbeat { get; } = new("heartbeat");

    internal static Script Complete { get; } = new("complete");

    internal static Script Fail { get; } = new("fail");

    internal static Script Release { get; } = new("release");

    internal static Script Cancel { get; } = new("cancel");

    internal static Script Seen { get; } = new("seen");

    /// <summary>Runs it: by its hash, or in full where the server does not know it yet.</summary>
    internal async Task<int> RunAsync(IDatabase database, RedisKey[] keys, params RedisValue[] arguments) =>
        (int)await database.ScriptEvaluateAsync(_text, keys, arguments);
}

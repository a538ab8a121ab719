using System.Text.RegularExpressions;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Jobs;

public sealed partial class ScriptTests
{
    // What takes more in, and lines that may be lost. All else ends or frees work, or keeps a lease.
    private static readonly string[] _refusedWhenFull = ["submit", "prioritize", "log"];

    public static TheoryData<string, string> Scripts { get; } = new(
        from resource in typeof(Scripts).Assembly.GetManifestResourceNames()
        where resource.StartsWith("MultiTalk.Web.Jobs.Scripts.", StringComparison.Ordinal)
        where !resource.Contains(".Parts.", StringComparison.Ordinal)
        select (resource.Split('.')[^2], new StreamReader(typeof(Scripts).Assembly.GetManifestResourceStream(resource)!).ReadToEnd()));

    [Theory]
    [MemberData(nameof(Scripts))]
    public void A_script_that_ends_or_frees_work_runs_on_a_full_server_too(string name, string text) =>
        Assert.StartsWith(_refusedWhenFull.Contains(name) ? "#!lua\n" : "#!lua flags=allow-oom\n", text, StringComparison.Ordinal);

    // Those of jobs reach their keys by names of their own; DeclaredKeysTests reads what the server says of them.
    public static TheoryData<string, string> OthersScripts { get; } = new(
        from resource in typeof(Scripts).Assembly.GetManifestResourceNames()
        where resource.EndsWith(".lua", StringComparison.Ordinal) && !resource.StartsWith("MultiTalk.Web.Jobs.Scripts.", StringComparison.Ordinal)
        select (string.Join('.', resource.Split('.')[^4..]), new StreamReader(typeof(Scripts).Assembly.GetManifestResourceStream(resource)!).ReadToEnd()));

    [Fact]
    public void Scripts_outside_of_jobs_are_looked_at_too() =>
        Assert.Equal(["Access.Scripts.admit.lua", "Webhooks.Scripts.deliver.lua"], OthersScripts.Select(row => row.Data.Item1).Where(name => name.Contains(".admit.", StringComparison.Ordinal) || name.Contains(".deliver.", StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(OthersScripts))]
    public void A_script_calls_nothing_but_with_a_key_that_it_declares(string name, string text)
    {
        Assert.Empty(Undeclared(text));
        Assert.False(text.Contains("redis.pcall", StringComparison.Ordinal), $"{name} hides an error.");
        // Every call is one that the rule understands.
        Assert.Equal(Regex.Count(text, @"redis\.call"), Calls().Count(text));
    }

    [Theory]
    [InlineData("redis.call('GET', '{mt}:x')")]
    [InlineData("redis.call('GET', ARGV[1])")]
    [InlineData("redis.call('GET', KEYS[1] .. 'x')")]
    [InlineData("redis.call('DEL', KEYS[1], 'x')")]
    [InlineData("redis.call('EXISTS', KEYS[1], ARGV[1])")]
    [InlineData("redis.call('FLUSHALL')")]
    public void A_call_with_another_key_is_noticed(string call) => Assert.NotEmpty(Undeclared($"if x then {call} end"));

    [Fact]
    public void Every_key_lies_in_one_slot()
    {
        string[] keys =
        [
            Keys.Jobs, Keys.Leases, Keys.Runners, Keys.Ended, Keys.Classes, Keys.Paused, Keys.Swept, Keys.ApiKeys, Keys.RunnerTokens, Keys.DataProtection,
            Keys.KeysUsed, Keys.MadeTokens, Keys.TokenRunners, Keys.Sessions, Keys.SignedOut("x")!, Keys.UsageToday("x", 0)!, Keys.MediaStore, Keys.Rate("x")!,
            Keys.Outbox, Keys.Webhooks, Keys.Targets, Keys.Tries, Keys.Webhook("x")!, Keys.WebhooksOf("x")!, Keys.JobSecret("x")!, Keys.Delivery("x")!, Keys.Waiting("x")!, Keys.Deliveries("x")!,
            Keys.Job("x")!, Keys.JobLog("x")!, Keys.JobEvents("x")!, Keys.JobsOf("x")!, Keys.State(JobState.Queued)!, Keys.Queue("x")!, Keys.Turns("x", "y")!, Keys.Clock("x")!,
            Keys.Shared, Keys.Settings, Keys.CountsOfMinute(1)!, Keys.CountsOfHour(1)!,
            Keys.Idempotency("x", "y")!, Keys.Runner("x")!, Keys.Claims("x")!, Keys.SignIn("x")!, Keys.Media("x")!, Keys.MediaOf("x")!, Keys.Events.ToString(),
        ];

        Assert.All(keys, key => Assert.StartsWith("{mt}:", key, StringComparison.Ordinal));
    }

    // Calls whose key is not written as one of KEYS; commands that take more than one key say so for each.
    private static IEnumerable<string> Undeclared(string script) =>
        from Match call in Calls().Matches(script)
        let command = call.Groups["command"].Value
        let arguments = call.Groups["arguments"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        where command != "TIME" && (arguments is [] || !(command is "DEL" or "EXISTS" or "UNLINK" or "MGET" ? arguments : arguments[..1]).All(Key().IsMatch))
        select call.Value;

    [GeneratedRegex(@"redis\.call\('(?<command>[A-Z]+)'(?<arguments>(?:[^()]|\([^()]*\))*)\)")]
    private static partial Regex Calls();

    [GeneratedRegex(@"^KEYS\[(?:\d+|key|key \+ \d+)\]$")]
    private static partial Regex Key();
}

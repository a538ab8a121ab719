using CsCheck;
using MultiTalk.Tests.Jobs.Model;
using StackExchange.Redis;

namespace MultiTalk.Tests.Jobs;

/// <summary>
/// Redis Cluster and managed Redis want every key that a script touches among its <c>KEYS</c>; a single server does not check it.
/// So its own account of random sequences is read: every script runs in them, and touches what it declared.
/// </summary>
public sealed class DeclaredKeysTests(OwnRedis redis) : IClassFixture<OwnRedis>
{
    [Fact(Timeout = 300_000)]
    public async Task A_script_touches_no_key_that_it_does_not_declare() => Assert.Empty(await WrongAsync(100, null, TestContext.Current.CancellationToken));

    [Theory(Timeout = 300_000)]
    [InlineData("cancel", "redis.call('EXISTS', '{mt}:paused')")]
    [InlineData("heartbeat", "redis.call('DEL', KEYS[1] .. ':x', KEYS[1] .. ':y')")]
    [InlineData("prioritize", "redis.call('ZCARD', '{mt}:queue:' .. class .. 'x')")]
    public async Task A_key_that_is_not_declared_is_noticed(string script, string command)
    {
        // What has to happen first, a heartbeat in time for instance, does not in every ten.
        for (var tries = 0; tries < 20; tries++)
        {
            var wrong = await WrongAsync(
                10, (name, text) => name == script ? text.Insert(text.LastIndexOf("\nif ", StringComparison.Ordinal), "\n" + command) : text, TestContext.Current.CancellationToken);
            if (wrong.Any(sentence => sentence.StartsWith(script + ".lua touches {mt}:", StringComparison.Ordinal)))
                return;
        }

        Assert.Fail("In 200 sequences, nothing was noticed.");
    }

    [Fact(Timeout = 300_000)]
    public async Task A_script_that_is_not_run_is_noticed() => Assert.Contains("remove.lua was not run.", await WrongAsync(0, null, TestContext.Current.CancellationToken));

    private async Task<IReadOnlyList<string>> WrongAsync(int sequences, Func<string, string, string>? edit, CancellationToken cancellationToken)
    {
        var names = new Dictionary<string, string>();
        foreach (var (name, text) in ScriptTests.Scripts.Select(row => row.Data))
            names[Requests.Sha1(text)] = name;
        var run = await ModelRun.OnAsync(redis, (name, text) =>
        {
            text = edit?.Invoke(name, text) ?? text;
            names[Requests.Sha1(text)] = name;
            return text;
        }, cancellationToken);

        await using var monitor = await CommandMonitor.StartAsync(redis);
        var runs = await monitor.DuringAsync(() => sequences == 0 ? Task.CompletedTask : ModelStep.Sequences.SampleAsync(run, iter: sequences, threads: 1));

        var ours = runs.Where(script => names.ContainsKey(script.Hash)).ToList();
        var wrong = names.Values.Distinct().Except(ours.Select(script => names[script.Hash])).Select(name => $"{name}.lua was not run.").ToList();
        var places = new Dictionary<string, (int First, int Last, int Step)>();
        foreach (var script in ours)
        {
            foreach (var command in script.Commands)
            {
                var undeclared = (await KeysAsync(command, places)).Except(script.Keys);
                wrong.AddRange(undeclared.Select(key => $"{names[script.Hash]}.lua touches {key} in {string.Join(' ', command)}."));
            }
        }

        return [.. wrong.Distinct()];
    }

    // Where a command has its keys, the server knows.
    private async Task<IEnumerable<string>> KeysAsync(string[] command, Dictionary<string, (int First, int Last, int Step)> places)
    {
        if (!places.TryGetValue(command[0], out var place))
        {
            var info = (RedisResult[])((RedisResult[])(await redis.Database.ExecuteAsync("COMMAND", "INFO", command[0]))!)[0]!;
            places[command[0]] = place = ((int)info[3], (int)info[4], (int)info[5]);
        }

        var last = place.Last < 0 ? command.Length + place.Last : place.Last;
        return place.First == 0 ? [] : Enumerable.Range(0, ((last - place.First) / place.Step) + 1).Select(key => command[place.First + (key * place.Step)]);
    }
}

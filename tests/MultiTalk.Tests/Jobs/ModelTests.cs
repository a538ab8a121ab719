using CsCheck;
using MultiTalk.Tests.Jobs.Model;
using Xunit.Sdk;

namespace MultiTalk.Tests.Jobs;

/// <summary>
/// The store against the model, in random sequences of everything that can happen. A failure tells its seed, which
/// <c>CsCheck_Seed</c> in the environment repeats; <c>MULTITALK_SCALE=full</c> checks 5,000 sequences instead of 100.
/// </summary>
public sealed class ModelTests(OwnRedis redis) : IClassFixture<OwnRedis>
{
    private static readonly int _sequences = Environment.GetEnvironmentVariable("MULTITALK_SCALE") == "full" ? 5_000 : 100;

    // What is wrong with the scripts: the name of each, and what replaces what.
    public static TheoryData<string, string, string> Faults { get; } = new()
    {
        // Owners take no turns.
        { "submit", "return first + math.max(served, last[2] and last[2] - first or 0) + 1", "return first + 1" },
        // Who comes later starts before all that were served.
        { "submit", "math.max(served, last[2] and last[2] - first or 0)", "(last[2] and last[2] - first or 0)" },
        // Priorities do not count.
        { "submit", "local first = (10 - priority) * span", "local first = 10 * span" },
        // Turns that are not used are lost.
        { "cancel", "redis.call('ZADD', queues[behind[next]:sub(#id + 2)], free, other)", "" },
        { "cancel", "redis.call('ZADD', turns, free, behind[next])", "" },
        { "prioritize", "for next = 1, #behind, 2 do\n    local other", "for next = 1, 0 do\n    local other" },
        // The one that was moved first stays first.
        { "prioritize", "'ZINCRBY', clock, -1,", "'ZINCRBY', clock, 0," },
        // The clock stands still.
        { "claim", "redis.call('ZADD', clock, 'GT',", "redis.call('ZADD', clock, 'LT'," },
        // What is put back goes to the end.
        { "release", "enter(redis.call('HGET', job, 'score'))", "enter(next_turn(redis.call('HGET', job, 'priority')))" },
        // A fence stands open.
        { "heartbeat", "if not held(", "if false and not held(" },
        { "complete", "if not held(", "if false and not held(" },
        { "fail", "if not held(", "if false and not held(" },
        { "release", "if not held(", "if false and not held(" },
        { "log", "if not held(", "if false and not held(" },
        { "complete", "return holder[1] == 'running' and holder[2] == attempt and holder[3] == runner", "return holder[1] == 'running' and holder[2] == attempt" },
        // Something is left behind, or not counted.
        { "fail", "redis.call('HINCRBY', job, 'failures', 1)", "0" },
        { "complete", "redis.call('ZREM', leases, id)", "" },
        { "claim", "redis.call('ZREM', turns, turn)", "" },
        { "prune", "redis.call('EXISTS', KEYS[1]) == 0", "true" },
        { "prune", "redis.call('EXISTS', KEYS[1]) == 0", "false" },
        { "claim", "redis.call('SADD', KEYS[10], id .. ' ' .. attempt)", "" },
        { "cancel", "redis.call('ZADD', ended, now, id)", "" },
        { "cancel", "redis.call('ZADD', endings[state], 0, id)", "" },
        { "remove", "redis.call('DEL', job, events, KEYS[#KEYS])", "redis.call('DEL', job, events)" },
        { "remove", "for key = #KEYS - 3,", "for key = #KEYS - 2," },
        { "remove", "#KEYS - 1 do", "#KEYS - 2 do" },
        // What is shared is told once; a cancel of what waits leaves what runs.
        { "share", "if share == (before[3] == '1') then return 1 end", "" },
        { "share", "redis.call('ZREM', KEYS[8], id)", "" },
        { "cancel", "if ARGV[4] ~= '' and ARGV[4] ~= state then return 0 end", "" },
        // Webhooks hear nothing, or of what they should not.
        { "complete", "  report('job.' .. state)\n", "" },
        { "fail", "if redis.call('HEXISTS', job, 'hooks') == 1 then report", "report" },
        { "claim", "if before[7] then redis.call('XADD'", "if false then redis.call('XADD'" },
        // What was used is not counted; the limit of what waits is not kept.
        { "complete", "redis.call('HINCRBY', KEYS[12], 'gpuSeconds',", "redis.call('HINCRBY', KEYS[12], 'other'," },
        { "cancel", "redis.call('HINCRBY', KEYS[12], 'gpuSeconds',", "redis.call('HINCRBY', KEYS[12], 'other'," },
        { "submit", "redis.call('ZCARD', turns) >= tonumber(ARGV[7])", "redis.call('ZCARD', turns) > tonumber(ARGV[7])" },
        { "submit", "known[2] == ARGV[5] and 0 or -1", "0" },
    };

    [Fact(Timeout = 3_600_000)]
    public async Task The_store_does_what_the_model_does()
    {
        var run = await ModelRun.OnAsync(redis, null, TestContext.Current.CancellationToken);

        await ModelStep.Sequences.SampleAsync(
            run,
            writeLine: TestContext.Current.TestOutputHelper!.WriteLine, iter: _sequences, threads: 1);
    }

    [Theory(Timeout = 300_000)]
    [MemberData(nameof(Faults))]
    public async Task The_model_notices_what_is_wrong_with_a_script(string script, string right, string wrong)
    {
        var run = await ModelRun.OnAsync(
            redis, (name, text) => name == script ? Requests.Replaced(text, right, wrong) : text, TestContext.Current.CancellationToken);

        for (var sequence = 0; sequence < 2_000; sequence++)
        {
            try
            {
                await run(ModelStep.Sequences.Single());
            }
            catch (XunitException)
            {
                return;
            }
        }

        Assert.Fail("The store did what the model does, 2,000 times.");
    }
}

using MultiTalk.Tests.Jobs.History;

namespace MultiTalk.Tests.Jobs;

/// <summary>
/// Eight tasks on four connections do anything to the same jobs at once, and the history of it is checked. CI checks 10 histories
/// of 8 × 100 calls; <c>MULTITALK_SCALE=full</c> 500.
/// </summary>
public sealed class HistoryTests(OwnRedis redis) : IClassFixture<OwnRedis>
{
    private const int Calls = 100;

    private static readonly int _histories = Environment.GetEnvironmentVariable("MULTITALK_SCALE") == "full" ? 500 : 10;

    [Fact(Timeout = 3_600_000)]
    public async Task However_many_write_at_once_each_job_has_one_holder_and_one_end()
    {
        var (granted, refused, ended) = (0, 0, 0);
        for (var history = 0; history < _histories; history++)
        {
            var recorded = await new Recorder(redis, null).RecordAsync(Calls, Random.Shared, TestContext.Current.CancellationToken);
            Assert.Empty(HistoryChecker.Check(recorded));
            granted += recorded.Calls.Count(call => call.Granted);
            refused += recorded.Calls.Count(call => !call.Granted);
            ended += recorded.Jobs.Count(job => job.Ended);
        }

        // A history in which nothing happens shows nothing.
        TestContext.Current.TestOutputHelper!.WriteLine($"{granted} calls granted, {refused} refused, {ended} jobs ended");
        Assert.True(granted > 50 * _histories && refused > 50 * _histories && ended > _histories);
    }

    [Theory(Timeout = 300_000)]
    [InlineData("heartbeat")]
    [InlineData("complete")]
    [InlineData("fail")]
    [InlineData("release")]
    public async Task A_missing_fence_is_noticed(string script)
    {
        const string Fence = "local function held(attempt, runner)\n";
        await NoticedAsync(script, Fence, Fence + "  if true then return true end\n", TestContext.Current.CancellationToken);
    }

    [Theory(Timeout = 300_000)]
    [InlineData("claim", "local score = leave()", "local score = redis.call('ZSCORE', queue, member)\nscore = score and tonumber(score)")]
    [InlineData("cancel", "finish('canceled')", "")]
    [InlineData("heartbeat", "redis.call('HINCRBY', job, 'sequence', 1)", "redis.call('HINCRBY', job, 'sequence', 2)")]
    [InlineData("release", "redis.call('RPUSH', events, event) >", "0 >")]
    public Task What_else_is_wrong_is_noticed_too(string script, string right, string wrong) =>
        NoticedAsync(script, right, wrong, TestContext.Current.CancellationToken);

    // What is rare, such as a cancel, does not happen in every history.
    private async Task NoticedAsync(string script, string right, string wrong, CancellationToken cancellationToken)
    {
        for (var history = 0; history < 20; history++)
        {
            var recorded = await new Recorder(redis, (name, text) => name == script ? Requests.Replaced(text, right, wrong) : text)
                .RecordAsync(Calls, Random.Shared, cancellationToken);
            if (HistoryChecker.Check(recorded).Count > 0)
                return;
        }

        Assert.Fail($"With {script}.lua wrong, every history was found to be right.");
    }
}

using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Jobs;

/// <summary>A cancel against a claim and a completion, over two connections, a thousand times each, in CI too.</summary>
public sealed class RaceTests(OwnRedis redis) : IClassFixture<OwnRedis>
{
    private const int Races = 1_000;

    private static readonly VideoFacts _video = new(640, 640, 247, 25, 9.88, 1000, new string('a', 64));
    private static readonly Runner _runner = Requests.Runner("runner", "any");

    [Fact(Timeout = 120_000)]
    public async Task Of_a_cancel_and_a_claim_at_once_one_is_first_and_the_job_is_canceled()
    {
        await redis.ClearAsync();
        var (people, runners) = (redis.Store(), redis.Store());
        var (starts, claimed) = (new Starts(), 0);
        for (var race = 0; race < Races; race++)
        {
            var id = await SubmitAsync(people);

            var (canceled, claim) = await starts.BothAsync(
                () => people.CancelAsync(id), () => runners.ClaimAsync(_runner, TestContext.Current.CancellationToken), (_, first) => first is null);

            Assert.True(canceled);
            var job = (await people.FindAsync(id))!;
            Assert.Equal((JobState.Canceled, claim is null ? 0 : 1), (job.State, job.Attempt));
            if (claim is null)
                continue;
            claimed++;
            Assert.Equal("canceled", job.Attempts.Single().Outcome);
            Assert.Null(await runners.HeartbeatAsync(claim.Holder!, new(new(Phase.Sampling, 50, 1, 5), [])));
            Assert.False(await runners.CompleteAsync(claim.Holder!, _video));
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{claimed} of {Races} were claimed first");
        Assert.InRange(claimed, Races / 20, Races - (Races / 20));
        await NothingIsLeftAsync();
    }

    [Fact(Timeout = 120_000)]
    public async Task Of_a_cancel_and_a_completion_at_once_one_wins()
    {
        await redis.ClearAsync();
        var (people, runners) = (redis.Store(), redis.Store());
        var (starts, completions) = (new Starts(), 0);
        for (var race = 0; race < Races; race++)
        {
            var id = await SubmitAsync(people);
            var claim = await runners.ClaimAsync(_runner, TestContext.Current.CancellationToken);

            var (canceled, completed) = await starts.BothAsync(() => people.CancelAsync(id), () => runners.CompleteAsync(claim!.Holder!, _video), (first, _) => first);

            Assert.NotEqual(canceled, completed);
            var job = (await people.FindAsync(id))!;
            Assert.Equal(completed ? (JobState.Succeeded, "succeeded", _video) : (JobState.Canceled, "canceled", null), (job.State, job.Attempts.Single().Outcome, job.Video));
            Assert.Equal(1, (await people.EventsAsync(id, 0))!.Count(happened => happened.IsLast));
            completions += completed ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{completions} of {Races} were completed first");
        Assert.InRange(completions, Races / 20, Races - (Races / 20));
        await NothingIsLeftAsync();
    }

    [Fact(Timeout = 120_000)]
    public async Task A_hundred_runners_that_ask_at_once_get_a_hundred_jobs()
    {
        await redis.ClearAsync();
        var store = redis.Store();
        var ids = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => SubmitAsync(store)));

        var claims = await Task.WhenAll(Enumerable.Range(0, 100).Select(number =>
            store.ClaimAsync(Requests.Runner($"runner {number}", "any"), TestContext.Current.CancellationToken)));

        Assert.Equal(ids.Order(StringComparer.Ordinal), claims.Select(claim => claim?.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_queued_job_is_canceled_at_once()
    {
        await redis.ClearAsync();
        var store = redis.Store();
        var id = await SubmitAsync(store);

        Assert.True(await store.CancelAsync(id));

        Assert.Equal(JobState.Canceled, (await store.FindAsync(id))!.State);
        Assert.Null(await store.ClaimAsync(_runner, TestContext.Current.CancellationToken));
        await NothingIsLeftAsync();
    }

    private static async Task<string> SubmitAsync(JobStore store)
    {
        var id = JobStore.NewId();
        await store.SubmitAsync(new(id, "someone", Requests.For("any")));
        return id;
    }

    private async Task NothingIsLeftAsync()
    {
        foreach (var pattern in new[] { "{mt}:queue:*", "{mt}:turns:*", "{mt}:leases", "{mt}:state:queued", "{mt}:state:running" })
            Assert.Empty((string[])(await redis.Database.ExecuteAsync("KEYS", pattern))!);
    }

    // Whoever was first begins a little later the next time, so that both are.
    private sealed class Starts
    {
        private const int Step = 1_000;

        private int _lag;

        public async Task<(TFirst First, TSecond Second)> BothAsync<TFirst, TSecond>(Func<Task<TFirst>> first, Func<Task<TSecond>> second, Func<TFirst, TSecond, bool> firstWon)
        {
            var one = Task.Run(() => AfterAsync(_lag, first));
            var other = Task.Run(() => AfterAsync(-_lag, second));
            var (answer, otherAnswer) = (await one, await other);
            _lag += firstWon(answer, otherAnswer) ? Step : -Step;
            return (answer, otherAnswer);
        }

        private static Task<T> AfterAsync<T>(int spins, Func<Task<T>> action)
        {
            Thread.SpinWait(Math.Max(0, spins));
            return action();
        }
    }
}

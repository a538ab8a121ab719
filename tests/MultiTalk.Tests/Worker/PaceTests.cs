using System.Net.Http.Headers;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MultiTalk.GpuRunner;
using MultiTalk.GpuRunner.Diagnosis;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Worker;

namespace MultiTalk.Tests.Worker;

/// <summary>How often a runner without work asks.</summary>
public sealed class PaceTests : IDisposable
{
    private const int Patience = 60_000;

    private readonly TempDirectory _directory = new();
    private readonly HurriedTime _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task A_runner_whose_claims_come_empty_at_once_asks_less_than_once_in_twenty_seconds()
    {
        const int Claims = 105;
        // Until the pauses have grown.
        const int First = 5;
        await using var web = await FakeWeb.StartAsync([], TestContext.Current.CancellationToken);
        web.Refusals["claim"] = new(Enumerable.Repeat(204, Claims));

        await AskAsync(web);

        Assert.Equal(Claims, _time.Pauses.Count);
        Assert.True(_time.Pauses.First() <= TimeSpan.FromSeconds(1));
        Assert.True(_time.Pauses.Skip(First).Average(pause => pause.TotalSeconds) >= 20);
        // The Web takes a runner for gone after 75 s.
        Assert.All(_time.Pauses, pause => Assert.True(pause <= TimeSpan.FromSeconds(30)));
    }

    [Fact(Timeout = Patience)]
    public async Task A_runner_whose_claims_are_held_asks_again_at_once()
    {
        await using var web = await FakeWeb.StartAsync([], TestContext.Current.CancellationToken);
        web.Refusals["claim"] = new(Enumerable.Repeat(204, 5));
        web.OnCall = _ =>
        {
            _time.Advance(TimeSpan.FromSeconds(25));
            return Task.CompletedTask;
        };

        await AskAsync(web);

        Assert.Empty(_time.Pauses);
    }

    [Theory(Timeout = Patience)]
    [InlineData(4, 4)]
    [InlineData(3_600, 5)]
    public async Task A_web_that_says_when_to_return_is_heeded_up_to_five_seconds(int wish, int least)
    {
        await using var web = await FakeWeb.StartAsync([], TestContext.Current.CancellationToken);
        web.RetryAfter = wish;
        web.Refusals["register"] = new([503, 503]);
        web.Refusals["claim"] = new([503, 503]);

        await AskAsync(web);

        Assert.Equal(4, _time.Pauses.Count);
        Assert.All(_time.Pauses, pause => Assert.InRange(pause.TotalSeconds, least, 5));
    }

    [Fact(Timeout = Patience)]
    public async Task A_registered_runner_lets_a_web_recover()
    {
        await using var web = await FakeWeb.StartAsync([], TestContext.Current.CancellationToken);
        web.Refusals["claim"] = new(Enumerable.Repeat(503, 10));

        await AskAsync(web);

        Assert.Equal(10, _time.Pauses.Count);
        Assert.All(_time.Pauses.Skip(6), pause => Assert.InRange(pause.TotalSeconds, 2.5, 5));
    }

    public void Dispose() => _directory.Dispose();

    // Until a claim is held that is answered by nothing.
    private async Task AskAsync(FakeWeb web)
    {
        var options = Options.Create(new RunnerOptions { Web = web.Address, Workspaces = _directory["workspaces"] });
        using var identity = RunnerIdentity.Take(options.Value.Workspaces);
        using var http = new HttpClient { BaseAddress = web.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "secret");
        var client = new WebClient(http, identity);
        var history = new RunHistory(options.Value.Workspaces);
        var attempts = new AttemptRunner(client, new GenerationExecutor(options.Value, _time, history), options, _time, NullLogger<AttemptRunner>.Instance);
        using var worker = new MultiTalk.GpuRunner.Worker.Worker(
            client, identity, attempts, history, new Doctor(options.Value, Machine.This), options, _time, NullLogger<MultiTalk.GpuRunner.Worker.Worker>.Instance);

        await worker.StartAsync(Cancellation);
        await web.AskedAsync();
        await worker.StopAsync(Cancellation);
    }
}

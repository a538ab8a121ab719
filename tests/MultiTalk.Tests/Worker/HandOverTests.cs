using MultiTalk.GpuRunner;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Tests.Execution;

namespace MultiTalk.Tests.Worker;

/// <summary>What a runner does with its results when the Web or the way to it fails.</summary>
public sealed class HandOverTests : IDisposable
{
    private const int Patience = 60_000;

    private readonly TempDirectory _directory = new();

    [Fact(Timeout = Patience)]
    public async Task A_web_that_cannot_be_reached_ends_no_generation()
    {
        const int Broken = 8;
        var job = await OfferedJob.MakeAsync(_directory);
        using var script = PlayedScript.Of(new(
            [Step.Out("begun\n"), Step.Wait(TimeSpan.FromSeconds(1)), Step.Save(), Step.Out(Scenario.Finished)], await new MadeVideo(81, Width: 640, Height: 640).BytesAsync()));
        await using var web = await FakeWeb.StartAsync(job.Inputs, TestContext.Current.CancellationToken);
        var broken = 0;
        web.OnCall = context =>
        {
            if (web.Lines.Contains("begun") && Interlocked.Increment(ref broken) <= Broken)
                context.Abort();
            return Task.CompletedTask;
        };
        await using var runner = await StartAsync(web, options => (options.Checkout, options.Heartbeat) = (script.Path, TimeSpan.FromMilliseconds(50)));
        web.Offer(job.Claim);

        Assert.Equal(["register", "image.png", "voice1.wav", "output", "complete"], await UntilAsync(web, "complete"));
        Assert.True(broken > Broken);
    }

    [Fact(Timeout = Patience)]
    public async Task A_success_whose_answer_was_lost_is_told_again()
    {
        var job = await OfferedJob.MakeAsync(_directory);
        await using var web = await FakeWeb.StartAsync(job.Inputs, TestContext.Current.CancellationToken);
        web.Refusals["complete"] = new([FakeWeb.AnswerLost]);
        await using var runner = await StartAsync(web);
        web.Offer(job.Claim);
        await web.AskedAsync();
        await web.AskedAsync();

        Assert.Equal(["register", "image.png", "voice1.wav", "output", "complete", "complete"], web.Rest());
        Assert.Contains(runner.Log, line => line.StartsWith("Job 0123 succeeded", StringComparison.Ordinal));
    }

    [Fact(Timeout = Patience)]
    public async Task A_failure_whose_answer_was_lost_is_told_again_and_was_heard()
    {
        var job = await OfferedJob.MakeAsync(_directory);
        using var checkout = await FakeCheckout.WithAsync("raise KeyError('x')");
        await using var web = await FakeWeb.StartAsync(job.Inputs, TestContext.Current.CancellationToken);
        web.Refusals["fail"] = new([FakeWeb.AnswerLost, 409]);
        await using var runner = await StartAsync(web, options => options.Checkout = checkout.Path);
        web.Offer(job.Claim);
        await web.AskedAsync();
        await web.AskedAsync();

        Assert.Empty(web.Refusals["fail"]);
        Assert.DoesNotContain(runner.Log, line => line.Contains("given to another runner", StringComparison.Ordinal));
    }

    [Fact(Timeout = Patience)]
    public async Task A_video_that_is_too_large_is_refused_once_and_for_all()
    {
        var job = await OfferedJob.MakeAsync(_directory);
        await using var web = await FakeWeb.StartAsync(job.Inputs, TestContext.Current.CancellationToken);
        web.Refusals["output"] = new([413]);
        await using var runner = await StartAsync(web);
        web.Offer(job.Claim);

        Assert.Equal(["register", "image.png", "voice1.wav", "fail"], await UntilAsync(web, "fail"));
        var error = web.Body<JobError>("fail");
        Assert.Equal(("video_too_large", false), (error.Code, error.Retryable));
    }

    [Fact(Timeout = Patience)]
    public async Task A_web_that_never_takes_the_video_holds_no_runner_for_ever_and_the_video_is_kept()
    {
        var job = await OfferedJob.MakeAsync(_directory);
        await using var web = await FakeWeb.StartAsync(job.Inputs, TestContext.Current.CancellationToken);
        web.Refusals["output"] = new([507]);
        await using var runner = await StartAsync(web, options => options.GiveUpAfter = TimeSpan.Zero);
        web.Offer(job.Claim);

        await UntilAsync(web, "fail");
        var error = web.Body<JobError>("fail");
        Assert.Equal("web_unreachable", error.Code);
        Assert.Contains("video.mp4 in 0123-1", error.Remedy, StringComparison.Ordinal);
        await runner.StopAsync(TestContext.Current.CancellationToken);
        Assert.True(File.Exists(_directory["workspaces/0123-1/video.mp4"]));
        Assert.True(File.Exists(_directory["workspaces/0123-1/failure.json"]));
    }

    public void Dispose() => _directory.Dispose();

    private static async Task<IReadOnlyList<string>> UntilAsync(FakeWeb web, string last)
    {
        var calls = new List<string>();
        do
            calls.Add(await web.NextAsync());
        while (calls[^1] != last);
        return calls;
    }

    private Task<RunningRunner> StartAsync(FakeWeb web, Action<RunnerOptions>? configure = null) => RunningRunner.StartAsync(web, _directory["workspaces"], configure);
}

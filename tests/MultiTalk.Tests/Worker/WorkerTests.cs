using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using MultiTalk.GpuRunner;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Worker;
using MultiTalk.Tests.Execution;

namespace MultiTalk.Tests.Worker;

public sealed class WorkerTests : IDisposable
{
    private const int Patience = 60_000;

    private readonly TempDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = Patience)]
    public async Task A_job_is_claimed_generated_uploaded_and_completed()
    {
        using var listener = Traced();
        var job = await OfferedJob.MakeAsync(_directory);
        await using var web = await FakeWeb.StartAsync(job.Inputs, TestContext.Current.CancellationToken);
        await using var runner = await StartAsync(web);
        Assert.Equal("register", await web.NextAsync());

        var trace = ActivityTraceId.CreateRandom().ToHexString();
        web.Offer(job.Claim with { TraceParent = $"00-{trace}-{ActivitySpanId.CreateRandom().ToHexString()}-01" });

        Assert.Equal(["image.png", "voice1.wav", "output", "complete"], [await web.NextAsync(), await web.NextAsync(), await web.NextAsync(), await web.NextAsync()]);
        var facts = web.Body<VideoFacts>("complete");
        Assert.Equal((81, Convert.ToHexStringLower(SHA256.HashData(web.Bodies["output"]))), (facts.Frames, facts.Sha256));
        Assert.Equal($"sha-256=:{Convert.ToBase64String(SHA256.HashData(web.Bodies["output"]))}:", web.Digest);
        Assert.Contains("Preview", Encoding.UTF8.GetString(web.Bodies["output"]), StringComparison.Ordinal);
        Assert.Contains(web.Lines, line => line.EndsWith("INFO: Finished.", StringComparison.Ordinal));
        Assert.Contains(web.TraceParents, parent => parent.Contains(trace, StringComparison.Ordinal));
        Assert.Equal([RunnerProtocol.Attempt(web.Body<RegisterRequest>("register").RunnerId, "0123", 1)], web.Places);

        await runner.StopAsync(Cancellation);
        // Under load a run this short is over before all of it was seen, and is not measured then.
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory["workspaces"]).Select(Path.GetFileName).Except(["measurements.json", "runner-1.id"]));
    }

    [Fact(Timeout = Patience)]
    public async Task An_ailing_web_delays_nothing_but_the_hand_over()
    {
        var job = await OfferedJob.MakeAsync(_directory);
        await using var web = await FakeWeb.StartAsync(job.Inputs, TestContext.Current.CancellationToken);
        web.HeartbeatStatus = 500;
        foreach (var call in new[] { "register", "claim", "image.png", "output", "complete" })
            web.Refusals[call] = new([503, 500, 507]);
        await using var runner = await StartAsync(web);
        web.Offer(job.Claim);

        Assert.Equal(["register", "image.png", "voice1.wav", "output", "complete"],
            [await web.NextAsync(), await web.NextAsync(), await web.NextAsync(), await web.NextAsync(), await web.NextAsync()]);
    }

    [Fact(Timeout = Patience)]
    public async Task A_forgotten_runner_registers_again_as_the_same()
    {
        await using var web = await FakeWeb.StartAsync([], TestContext.Current.CancellationToken);
        web.Refusals["claim"] = new([404]);
        await using var runner = await StartAsync(web);
        Assert.Equal("register", await web.NextAsync());
        var first = web.Body<RegisterRequest>("register");
        Assert.Equal("register", await web.NextAsync());
        Assert.Equal(first.RunnerId, web.Body<RegisterRequest>("register").RunnerId);
        Assert.Equal(32, first.RunnerId.Length);
        Assert.Equal("preview", first.Engine);
    }

    [Fact(Timeout = Patience)]
    public async Task A_runner_that_lacked_something_is_ready_once_it_is_there()
    {
        await using var web = await FakeWeb.StartAsync([], TestContext.Current.CancellationToken);
        web.Refusals["claim"] = new(Enumerable.Repeat(204, 1_000));
        var python = _directory["python3"];
        await using var runner = await StartAsync(web, configure: options => (options.Python, options.ExamineAgain) = (python, TimeSpan.Zero));
        Assert.Equal("register", await web.NextAsync());
        Assert.Contains(web.Body<RegisterRequest>("register").Report.Abilities.Blockers, blocker => blocker.StartsWith("Python", StringComparison.Ordinal));

        File.CreateSymbolicLink(python, Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(directory => Path.Combine(directory, "python3")).First(File.Exists));

        do
            Assert.Equal("register", await web.NextAsync());
        while (web.Body<RegisterRequest>("register").Report.Abilities.Blockers.Count > 0);
    }

    [Fact(Timeout = Patience)]
    public async Task A_failure_is_reported_with_its_lines()
    {
        var job = await OfferedJob.MakeAsync(_directory);
        using var checkout = await FakeCheckout.WithAsync("raise KeyError('x')");
        await using var web = await FakeWeb.StartAsync(job.Inputs, TestContext.Current.CancellationToken);
        await using var runner = await StartAsync(web, checkout);
        web.Offer(job.Claim);

        await UntilAsync(web, "fail");
        var error = web.Body<JobError>("fail");
        Assert.Equal(("script_exception", "KeyError: 'x'"), (error.Code, error.Title));
        Assert.Contains("KeyError: 'x'", web.Lines);
    }

    [Fact(Timeout = Patience)]
    public async Task A_failure_is_kept_until_a_later_start_finds_it_too_old()
    {
        var job = await OfferedJob.MakeAsync(_directory);
        using var checkout = await FakeCheckout.WithAsync("raise KeyError('x')");
        await using var web = await FakeWeb.StartAsync(job.Inputs, TestContext.Current.CancellationToken);
        await using (var runner = await StartAsync(web, checkout))
        {
            web.Offer(job.Claim);
            await UntilAsync(web, "fail");
        }

        Assert.Contains("0123-1", checkout.Left);
        var failure = Path.Combine(checkout.Workspaces, "0123-1", "failure.json");
        File.SetLastWriteTimeUtc(failure, DateTime.UtcNow - new RunnerOptions().KeepFailures - TimeSpan.FromMinutes(1));

        await using (var runner = await StartAsync(web, checkout))
            await UntilAsync(web, "register");

        Assert.DoesNotContain("0123-1", checkout.Left);
    }

    [Fact(Timeout = Patience)]
    public async Task A_damaged_input_fails_the_attempt()
    {
        var job = await OfferedJob.MakeAsync(_directory);
        await using var web = await FakeWeb.StartAsync(job.Inputs, TestContext.Current.CancellationToken);
        await using var runner = await StartAsync(web);
        web.Offer(job.Claim with { Inputs = [job.Claim.Inputs[0] with { Sha256 = new string('0', 64) }, job.Claim.Inputs[1]] });

        await UntilAsync(web, "fail");
        Assert.Equal("input_damaged", web.Body<JobError>("fail").Code);
    }

    [Fact]
    public void An_identity_is_kept_and_never_shared()
    {
        string id;
        using (var first = RunnerIdentity.Take(_directory.Path))
        using (var second = RunnerIdentity.Take(_directory.Path))
        {
            id = first.Id;
            Assert.NotEqual(first.Id, second.Id);
        }

        using var again = RunnerIdentity.Take(_directory.Path);
        Assert.Equal(id, again.Id);
    }

    public void Dispose() => _directory.Dispose();

    private static async Task UntilAsync(FakeWeb web, string call)
    {
        while (await web.NextAsync() != call)
        {
        }
    }

    private Task<RunningRunner> StartAsync(FakeWeb web, FakeCheckout? checkout = null, Action<RunnerOptions>? configure = null) =>
        RunningRunner.StartAsync(web, checkout?.Workspaces ?? _directory["workspaces"], options =>
        {
            options.Checkout = checkout?.Path;
            configure?.Invoke(options);
        });

    private static ActivityListener Traced()
    {
        var listener = new ActivityListener { ShouldListenTo = source => source.Name == "MultiTalk.GpuRunner", Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}

using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using MultiTalk.GpuRunner;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.GpuRunner.Worker;
using MultiTalk.Tests.CommandLine;
using MultiTalk.Tests.Execution;
using MultiTalk.Tests.Media;

namespace MultiTalk.Tests.Worker;

public sealed class WorkerTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_is_claimed_generated_uploaded_and_completed()
    {
        using var listener = Traced();
        var inputs = await InputsAsync();
        await using var web = await FakeWeb.StartAsync(inputs);
        await using var runner = await StartAsync(web);
        Assert.Equal("register", await web.NextAsync());

        var trace = ActivityTraceId.CreateRandom().ToHexString();
        web.Offer(Claim(inputs) with { TraceParent = $"00-{trace}-{ActivitySpanId.CreateRandom().ToHexString()}-01" });

        Assert.Equal(["image.png", "voice1.wav", "output", "complete"], [await web.NextAsync(), await web.NextAsync(), await web.NextAsync(), await web.NextAsync()]);
        var facts = web.Body<VideoFacts>("complete");
        Assert.Equal((81, Convert.ToHexStringLower(SHA256.HashData(web.Bodies["output"]))), (facts.Frames, facts.Sha256));
        Assert.Equal($"sha-256=:{Convert.ToBase64String(SHA256.HashData(web.Bodies["output"]))}:", web.Digest);
        Assert.Contains("Preview", Encoding.UTF8.GetString(web.Bodies["output"]), StringComparison.Ordinal);
        Assert.Contains(web.Lines, line => line.EndsWith("INFO: Finished.", StringComparison.Ordinal));
        Assert.Contains(web.TraceParents, parent => parent.Contains(trace, StringComparison.Ordinal));

        await runner.StopAsync(Cancellation);
        Assert.Equal(["measurements.json", "runner-1.id"], Directory.EnumerateFileSystemEntries(_directory["workspaces"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_ailing_web_delays_nothing_but_the_hand_over()
    {
        var inputs = await InputsAsync();
        await using var web = await FakeWeb.StartAsync(inputs);
        web.HeartbeatStatus = 500;
        foreach (var call in new[] { "register", "claim", "image.png", "output", "complete" })
            web.Refusals[call] = new([503, 500]);
        await using var runner = await StartAsync(web);
        web.Offer(Claim(inputs));

        Assert.Equal(["register", "image.png", "voice1.wav", "output", "complete"],
            [await web.NextAsync(), await web.NextAsync(), await web.NextAsync(), await web.NextAsync(), await web.NextAsync()]);
    }

    [Fact]
    public async Task A_forgotten_runner_registers_again_as_the_same()
    {
        await using var web = await FakeWeb.StartAsync();
        web.Refusals["claim"] = new([404]);
        await using var runner = await StartAsync(web);
        Assert.Equal("register", await web.NextAsync());
        var first = web.Body<RegisterRequest>("register");
        Assert.Equal("register", await web.NextAsync());
        Assert.Equal(first.RunnerId, web.Body<RegisterRequest>("register").RunnerId);
        Assert.Equal(32, first.RunnerId.Length);
        Assert.Equal("preview", first.Engine);
    }

    [Fact]
    public async Task A_runner_that_lacked_something_is_ready_once_it_is_there()
    {
        await using var web = await FakeWeb.StartAsync();
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

    [Fact]
    public async Task A_failure_is_reported_with_its_lines()
    {
        var inputs = await InputsAsync();
        using var checkout = await FakeCheckout.WithAsync("raise KeyError('x')");
        await using var web = await FakeWeb.StartAsync(inputs);
        await using var runner = await StartAsync(web, checkout);
        web.Offer(Claim(inputs));

        await UntilAsync(web, "fail");
        var error = web.Body<JobError>("fail");
        Assert.Equal(("script_exception", "KeyError: 'x'"), (error.Code, error.Title));
        Assert.Contains("KeyError: 'x'", web.Lines);
    }

    [Fact]
    public async Task A_failure_is_kept_until_a_later_start_finds_it_too_old()
    {
        var inputs = await InputsAsync();
        using var checkout = await FakeCheckout.WithAsync("raise KeyError('x')");
        await using var web = await FakeWeb.StartAsync(inputs);
        await using (var runner = await StartAsync(web, checkout))
        {
            web.Offer(Claim(inputs));
            await UntilAsync(web, "fail");
        }

        Assert.Contains("0123-1", checkout.Left);
        var failure = Path.Combine(checkout.Workspaces, "0123-1", "failure.json");
        File.SetLastWriteTimeUtc(failure, DateTime.UtcNow - new RunnerOptions().KeepFailures - TimeSpan.FromMinutes(1));

        await using (var runner = await StartAsync(web, checkout))
            await UntilAsync(web, "register");

        Assert.DoesNotContain("0123-1", checkout.Left);
    }

    [Fact]
    public async Task A_damaged_input_fails_the_attempt()
    {
        var inputs = await InputsAsync();
        await using var web = await FakeWeb.StartAsync(inputs);
        await using var runner = await StartAsync(web);
        var claim = Claim(inputs);
        web.Offer(claim with { Inputs = [claim.Inputs[0] with { Sha256 = new string('0', 64) }, claim.Inputs[1]] });

        await UntilAsync(web, "fail");
        Assert.Equal("input_damaged", web.Body<JobError>("fail").Code);
    }

    [Fact]
    public async Task A_web_that_never_takes_the_video_does_not_hold_the_runner_for_ever()
    {
        var inputs = await InputsAsync();
        await using var web = await FakeWeb.StartAsync(inputs);
        web.Refusals["output"] = new([507]);
        await using var runner = await StartAsync(web, giveUpAfter: TimeSpan.Zero);
        web.Offer(Claim(inputs));

        await UntilAsync(web, "fail");
        Assert.Equal("web_unreachable", web.Body<JobError>("fail").Code);
        await runner.StopAsync(Cancellation);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public async Task A_signal_ends_the_program_after_it_gave_its_job_back(string signal)
    {
        var inputs = await InputsAsync();
        using var checkout = await FakeCheckout.StubbornAsync();
        var pipe = checkout.OpenPipeAsync();
        await using var web = await FakeWeb.StartAsync(inputs);
        var program = new RunnerProgram(_directory);
        program.Set("Runner__Token", "secret");
        program.Set("Runner__Checkout", checkout.Path);
        var running = program.Start("worker", $"Runner:Web={web.Address}", $"Runner:Workspaces={checkout.Workspaces}");
        web.Offer(Claim(inputs));
        using var reader = await pipe;
        Assert.Equal("started", await reader.ReadLineAsync(Cancellation));

        await RunnerProgram.SignalAsync(signal, running.ProcessId);

        Assert.Equal(0, (await running).ExitCode);
        Assert.Equal("", await reader.ReadToEndAsync(Cancellation));
        Assert.Equal(["register", "image.png", "voice1.wav", "release"], web.Rest());
    }

    [Fact]
    public async Task A_fenced_attempt_is_killed_and_says_no_more()
    {
        var inputs = await InputsAsync();
        using var checkout = await FakeCheckout.StubbornAsync();
        var pipe = checkout.OpenPipeAsync();
        await using var web = await FakeWeb.StartAsync(inputs);
        await using var runner = await StartAsync(web, checkout);
        web.Offer(Claim(inputs));
        using var reader = await pipe;
        Assert.Equal("started", await reader.ReadLineAsync(Cancellation));

        var before = TimeProvider.System.GetTimestamp();
        web.HeartbeatStatus = 409;

        Assert.Equal("", await reader.ReadToEndAsync(Cancellation));
        Assert.True(TimeProvider.System.GetElapsedTime(before) < TimeSpan.FromSeconds(10));
        await runner.StopAsync(Cancellation);
        Assert.Equal(["register", "image.png", "voice1.wav"], web.Rest());
        Assert.Equal(["runner-1.id"], checkout.Left);
    }

    [Fact]
    public async Task A_stopped_runner_gives_its_job_back_within_ten_seconds()
    {
        var inputs = await InputsAsync();
        using var checkout = await FakeCheckout.StubbornAsync();
        var pipe = checkout.OpenPipeAsync();
        await using var web = await FakeWeb.StartAsync(inputs);
        await using var runner = await StartAsync(web, checkout);
        web.Offer(Claim(inputs));
        using var reader = await pipe;
        Assert.Equal("started", await reader.ReadLineAsync(Cancellation));

        var before = TimeProvider.System.GetTimestamp();
        await runner.StopAsync(Cancellation);

        Assert.True(TimeProvider.System.GetElapsedTime(before) < TimeSpan.FromSeconds(10));
        Assert.Equal("", await reader.ReadToEndAsync(Cancellation));
        Assert.Equal(["register", "image.png", "voice1.wav", "release"], web.Rest());
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

    private async Task<RunningRunner> StartAsync(FakeWeb web, FakeCheckout? checkout = null, TimeSpan? giveUpAfter = null, Action<RunnerOptions>? configure = null)
    {
        var host = RunnerHost.BuildEmbedded(
            options =>
            {
                options.Web = web.Address;
                options.Token = "secret";
                options.Workspaces = checkout?.Workspaces ?? _directory["workspaces"];
                options.Checkout = checkout?.Path ?? options.Checkout;
                options.Heartbeat = TimeSpan.FromMilliseconds(100);
                options.GiveUpAfter = giveUpAfter ?? options.GiveUpAfter;
                configure?.Invoke(options);
            },
            NullLoggerFactory.Instance);
        await host.StartAsync(Cancellation);
        return new RunningRunner(host);
    }

    // Stopped before its directory goes.
    private sealed class RunningRunner(IHost host) : IAsyncDisposable
    {
        public Task StopAsync(CancellationToken cancellationToken) => host.StopAsync(cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await StopAsync(CancellationToken.None);
            host.Dispose();
        }
    }

    private async Task<Dictionary<string, byte[]>> InputsAsync()
    {
        await Ffmpeg.VoiceAsync("sine=r=16000:d=1", _directory["voice1.wav"], "-c:a pcm_s16le -bitexact");
        return new()
        {
            ["image.png"] = await File.ReadAllBytesAsync(Samples.Path("portrait.png"), Cancellation),
            ["voice1.wav"] = await File.ReadAllBytesAsync(_directory["voice1.wav"], Cancellation),
        };
    }

    private static Claim Claim(Dictionary<string, byte[]> inputs)
    {
        var plan = Planner.Plan(new(Samples.Prompt, new(640, 640), [new(new VoiceFacts(16_000))], new() { Steps = 2, Seed = 1 }), Engine.Preview);
        return new("0123", 1, Samples.Prompt, plan, [.. inputs.Select(input => new InputFile(input.Key, input.Value.Length, Convert.ToHexStringLower(SHA256.HashData(input.Value))))], null);
    }

    private static ActivityListener Traced()
    {
        var listener = new ActivityListener { ShouldListenTo = source => source.Name == "MultiTalk.GpuRunner", Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}

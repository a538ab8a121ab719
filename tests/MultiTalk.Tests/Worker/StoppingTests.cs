using MultiTalk.GpuRunner;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Tests.CommandLine;
using MultiTalk.Tests.Execution;

namespace MultiTalk.Tests.Worker;

/// <summary>How an attempt ends that may not go on, and how a runner ends, with real processes.</summary>
public sealed class StoppingTests : IDisposable
{
    private const int Patience = 60_000;

    private readonly TempDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory(Timeout = Patience)]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public async Task A_signal_ends_the_program_after_it_gave_its_job_back(string signal)
    {
        var job = await OfferedJob.MakeAsync(_directory);
        using var checkout = await FakeCheckout.StubbornAsync();
        var pipe = checkout.OpenPipeAsync();
        await using var web = await FakeWeb.StartAsync(job.Inputs, TestContext.Current.CancellationToken);
        var running = Start(web, checkout);
        web.Offer(job.Claim);
        using var reader = await pipe;
        Assert.Equal("started", await reader.ReadLineAsync(Cancellation));

        await RunnerProgram.SignalAsync(signal, running.ProcessId);

        Assert.Equal(0, (await running).ExitCode);
        Assert.Equal("", await reader.ReadToEndAsync(Cancellation));
        Assert.Equal(["register", "image.png", "voice1.wav", "release", "leave"], web.Rest());
    }

    [Fact(Timeout = Patience)]
    public async Task A_fenced_attempt_is_killed_and_says_no_more()
    {
        var job = await OfferedJob.MakeAsync(_directory);
        using var checkout = await FakeCheckout.StubbornAsync();
        var pipe = checkout.OpenPipeAsync();
        await using var web = await FakeWeb.StartAsync(job.Inputs, TestContext.Current.CancellationToken);
        await using var runner = await StartAsync(web, checkout);
        web.Offer(job.Claim);
        using var reader = await pipe;
        Assert.Equal("started", await reader.ReadLineAsync(Cancellation));

        var before = TimeProvider.System.GetTimestamp();
        web.HeartbeatStatus = 409;

        Assert.Equal("", await reader.ReadToEndAsync(Cancellation));
        Assert.True(TimeProvider.System.GetElapsedTime(before) < TimeSpan.FromSeconds(10));
        await runner.StopAsync(Cancellation);
        Assert.Equal(["register", "image.png", "voice1.wav", "leave"], web.Rest());
        Assert.Equal(["runner-1.id"], checkout.Left);
    }

    [Fact(Timeout = Patience)]
    public async Task A_stopped_runner_gives_its_job_back_within_ten_seconds()
    {
        var job = await OfferedJob.MakeAsync(_directory);
        using var checkout = await FakeCheckout.StubbornAsync();
        var pipe = checkout.OpenPipeAsync();
        await using var web = await FakeWeb.StartAsync(job.Inputs, TestContext.Current.CancellationToken);
        await using var runner = await StartAsync(web, checkout);
        web.Offer(job.Claim);
        using var reader = await pipe;
        Assert.Equal("started", await reader.ReadLineAsync(Cancellation));

        var before = TimeProvider.System.GetTimestamp();
        await runner.StopAsync(Cancellation);

        Assert.True(TimeProvider.System.GetElapsedTime(before) < TimeSpan.FromSeconds(10));
        Assert.Equal("", await reader.ReadToEndAsync(Cancellation));
        Assert.Equal(["register", "image.png", "voice1.wav", "release", "leave"], web.Rest());
    }

    // Slow to die as well, as it may be at most.
    [Fact(Timeout = Patience)]
    public async Task A_signal_ends_the_program_within_ten_seconds_though_the_web_never_answers()
    {
        var job = await OfferedJob.MakeAsync(_directory);
        using var checkout = await FakeCheckout.StubbornAsync();
        var pipe = checkout.OpenPipeAsync();
        await using var web = await FakeWeb.StartAsync(job.Inputs, TestContext.Current.CancellationToken);
        var running = Start(web, checkout, "Runner:KillAfter=00:00:05");
        web.Offer(job.Claim);
        using var reader = await pipe;
        Assert.Equal("started", await reader.ReadLineAsync(Cancellation));
        web.OnCall = context => Task.Delay(Timeout.Infinite, context.RequestAborted);

        var before = TimeProvider.System.GetTimestamp();
        await RunnerProgram.SignalAsync("TERM", running.ProcessId);

        Assert.Equal(0, (await running).ExitCode);
        Assert.True(TimeProvider.System.GetElapsedTime(before) < TimeSpan.FromSeconds(10));
        Assert.Equal("", await reader.ReadToEndAsync(Cancellation));
    }

    [Fact(Timeout = Patience)]
    public async Task A_runner_that_stops_while_it_asks_for_work_leaves()
    {
        await using var web = await FakeWeb.StartAsync([], TestContext.Current.CancellationToken);
        await using var runner = await StartAsync(web);
        var asked = await web.AskedAsync();
        Assert.Empty(asked.Working);

        await runner.StopAsync(Cancellation);

        Assert.Equal(["register", "leave"], web.Rest());
        Assert.Equal(asked.RunnerId, web.Body<LeaveRequest>("leave").RunnerId);
    }

    [Fact(Timeout = Patience)]
    public async Task A_drained_runner_gives_its_job_back_and_asks_again()
    {
        var job = await OfferedJob.MakeAsync(_directory);
        using var checkout = await FakeCheckout.StubbornAsync();
        var pipe = checkout.OpenPipeAsync();
        await using var web = await FakeWeb.StartAsync(job.Inputs, TestContext.Current.CancellationToken);
        await using var runner = await StartAsync(web, checkout);
        web.Offer(job.Claim);
        using var reader = await pipe;
        Assert.Equal("started", await reader.ReadLineAsync(Cancellation));
        await web.AskedAsync();

        web.Command = RunnerCommand.Drain;

        Assert.Equal("", await reader.ReadToEndAsync(Cancellation));
        Assert.Empty((await web.AskedAsync()).Working);
        Assert.Equal(["register", "image.png", "voice1.wav", "release"], web.Rest());
        Assert.Equal(["runner-1.id"], checkout.Left);
    }

    [Fact(Timeout = Patience)]
    public async Task A_job_that_was_given_back_is_so_though_the_answer_was_lost()
    {
        var job = await OfferedJob.MakeAsync(_directory);
        using var script = PlayedScript.Of(new([Step.Hang()]));
        await using var web = await FakeWeb.StartAsync(job.Inputs, TestContext.Current.CancellationToken);
        web.Command = RunnerCommand.Drain;
        web.Refusals["release"] = new([FakeWeb.AnswerLost, 409]);
        await using var runner = await StartAsync(web, configure: options => options.Checkout = script.Path);
        web.Offer(job.Claim);
        await web.AskedAsync();
        await web.AskedAsync();

        Assert.Empty(web.Refusals["release"]);
        Assert.Contains("Gave job 0123 back to the queue.", runner.Log);
    }

    // A heartbeat was on its way when it was stopped; it was answered, or its connection was closed by a Web that restarted.
    [Theory(Timeout = Patience)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_runner_that_stood_still_past_its_lease_kills_its_script_when_it_goes_on(bool answered)
    {
        var job = await OfferedJob.MakeAsync(_directory);
        using var checkout = await FakeCheckout.StubbornAsync();
        var pipe = checkout.OpenPipeAsync();
        await using var web = await FakeWeb.StartAsync(job.Inputs, TestContext.Current.CancellationToken);
        var running = Start(web, checkout, "Runner:Heartbeat=00:00:00.2");
        web.Offer(job.Claim);
        using var reader = await pipe;
        Assert.Equal("started", await reader.ReadLineAsync(Cancellation));
        await web.AskedAsync();

        var (beating, stopped, over) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource());
        web.OnCall = async context =>
        {
            if (!context.Request.Path.Value!.EndsWith("/heartbeat", StringComparison.Ordinal) || !beating.TrySetResult())
                return;
            context.Response.OnCompleted(() => Task.FromResult(over.TrySetResult()));
            await stopped.Task;
            if (answered)
                return;
            context.Abort();
            over.TrySetResult();
        };
        await beating.Task.WaitAsync(Cancellation);
        await RunnerProgram.SignalAsync("STOP", running.ProcessId);
        stopped.SetResult();
        await over.Task.WaitAsync(Cancellation);
        web.HeartbeatStatus = 409;
        web.Refusals["claim"] = new([404]);

        await RunnerProgram.SignalAsync("CONT", running.ProcessId);

        Assert.Equal("", await reader.ReadToEndAsync(Cancellation));
        await web.AskedAsync();
        Assert.Equal(["register", "image.png", "voice1.wav", "register"], web.Rest());
        Assert.Equal(["runner-1.id"], checkout.Left);
        await RunnerProgram.SignalAsync("TERM", running.ProcessId);
        Assert.Equal(0, (await running).ExitCode);
    }

    public void Dispose() => _directory.Dispose();

    private CliWrap.CommandTask<CliWrap.Buffered.BufferedCommandResult> Start(FakeWeb web, FakeCheckout checkout, params string[] settings)
    {
        var program = new RunnerProgram(_directory);
        program.Set("Runner__Token", "secret");
        program.Set("Runner__Checkout", checkout.Path);
        return program.Start(["worker", $"Runner:Web={web.Address}", $"Runner:Workspaces={checkout.Workspaces}", .. settings]);
    }

    private Task<RunningRunner> StartAsync(FakeWeb web, FakeCheckout? checkout = null, Action<RunnerOptions>? configure = null) =>
        RunningRunner.StartAsync(web, checkout?.Workspaces ?? _directory["workspaces"], options =>
        {
            options.Checkout = checkout?.Path;
            configure?.Invoke(options);
        });
}

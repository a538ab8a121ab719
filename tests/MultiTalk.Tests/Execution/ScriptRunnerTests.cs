using System.Globalization;
using System.Text.Json;
using MultiTalk.GpuRunner;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.Tests.CommandLine;

namespace MultiTalk.Tests.Execution;

public sealed class ScriptRunnerTests
{
    private readonly Listener _listener = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_script_sees_what_it_sees_on_colab()
    {
        Environment.SetEnvironmentVariable("MULTITALK_TEST_SECRET", "secret");
        using var checkout = await FakeCheckout.WithAsync("""
            import json
            print(json.dumps({"argv": sys.argv, "cwd": os.getcwd(), "stdin": os.readlink("/proc/self/fd/0"), "leader": os.getpgid(0) == os.getpid(),
                "int": signal.getsignal(signal.SIGINT) is signal.default_int_handler, "environment": dict(os.environ)}))
            """);

        Assert.Equal(0, await RunAsync(checkout, ["--prompt", "two words", "$(x)", "ä'\""]));

        using var seen = JsonDocument.Parse(Assert.Single(_listener.Lines));
        var root = seen.RootElement;
        Assert.Equal([ColabLayout.Script, "--prompt", "two words", "$(x)", "ä'\""], root.GetProperty("argv").EnumerateArray().Select(argument => argument.GetString()));
        Assert.EndsWith("workspaces/job-1/MultiTalk", root.GetProperty("cwd").GetString(), StringComparison.Ordinal);
        Assert.Equal("/dev/null", root.GetProperty("stdin").GetString());
        Assert.True(root.GetProperty("leader").GetBoolean());
        Assert.True(root.GetProperty("int").GetBoolean());
        var environment = root.GetProperty("environment");
        Assert.Equal("1", environment.GetProperty("HF_HUB_OFFLINE").GetString());
        Assert.Equal("C.UTF-8", environment.GetProperty("LC_ALL").GetString());
        Assert.False(environment.TryGetProperty("MULTITALK_TEST_SECRET", out _));
    }

    [Theory]
    [InlineData("sys.exit(0)", 0)]
    [InlineData("sys.exit(7)", 7)]
    [InlineData("raise KeyError('prompt')", 1)]
    [InlineData("os.kill(os.getpid(), signal.SIGKILL)", 137)]
    [InlineData("os.kill(os.getpid(), signal.SIGTERM)", 143)]
    [InlineData("os.kill(os.getpid(), signal.SIGABRT)", 134)]
    public async Task The_exit_code_is_the_scripts_own(string script, int exitCode)
    {
        using var checkout = await FakeCheckout.WithAsync(script);
        Assert.Equal(exitCode, await RunAsync(checkout, []));
        Assert.Empty(checkout.Left);
    }

    [Theory]
    [InlineData("sys.exit(0)", 0)]
    [InlineData("raise KeyError('prompt')", 1)]
    [InlineData("os.kill(os.getpid(), signal.SIGKILL)", 137)]
    public async Task What_the_script_leaves_running_is_killed(string end, int exitCode)
    {
        using var checkout = await FakeCheckout.WithAsync($"""
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            pipe = held()
            hold(pipe, "signal.pause()")
            hold(pipe, "signal.pause()", start_new_session=True)
            daemon(pipe, "signal.pause()")
            # It starts another as soon as its parent is dead.
            daemon(pipe, "parent = os.fork()\nif not parent:\n    while os.getppid() == os.getpgid(0): pass\n    os.fork()\n    os.setsid()\nsignal.pause()")
            {end}
            """);
        var pipe = checkout.OpenPipeAsync();
        Assert.Equal(exitCode, await RunAsync(checkout, []));
        Assert.Empty(checkout.Running);
        using var reader = await pipe;
        Assert.Equal("", await reader.ReadToEndAsync(Cancellation));
    }

    [Fact]
    public async Task A_canceled_script_may_say_goodbye()
    {
        using var checkout = await FakeCheckout.WithAsync("""
            signal.signal(signal.SIGTERM, lambda *_: (print("goodbye", flush=True), sys.exit(0)))
            print("started", flush=True)
            signal.pause()
            """);
        await CancelOnceStartedAsync(checkout, within: TimeSpan.FromSeconds(3));
        Assert.Equal(["started", "goodbye"], _listener.Lines);
    }

    [Fact]
    public async Task A_canceled_tree_that_ignores_signals_is_gone_within_ten_seconds()
    {
        using var checkout = await FakeCheckout.StubbornAsync();
        using var cancel = new CancellationTokenSource();
        var pipe = checkout.OpenPipeAsync();
        var running = RunAsync(checkout, [], cancel: cancel);
        using var reader = await pipe;
        Assert.Equal("started", await reader.ReadLineAsync(Cancellation));
        // The launcher, the script, its child, the one in another session and the daemon.
        Assert.Equal(5, checkout.Running.Count());

        var before = TimeProvider.System.GetTimestamp();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        Assert.Empty(checkout.Running);
        Assert.Equal("", await reader.ReadToEndAsync(Cancellation));
        Assert.True(TimeProvider.System.GetElapsedTime(before) < TimeSpan.FromSeconds(10));
        Assert.Empty(checkout.Left);
    }

    [Fact]
    public async Task Children_in_sessions_of_their_own_may_say_goodbye_too()
    {
        using var checkout = await FakeCheckout.WithAsync("""
            pipe = held()
            signal.signal(signal.SIGTERM, lambda *_: (child.wait(), sys.exit(0)))
            child = hold(pipe, f"signal.signal(signal.SIGTERM, lambda *_: (os.write({pipe}, b'goodbye'), os._exit(0))); os.write({pipe}, b'started\\n'); signal.pause()", start_new_session=True)
            signal.pause()
            """);
        using var cancel = new CancellationTokenSource();
        var pipe = checkout.OpenPipeAsync();
        var running = RunAsync(checkout, [], cancel: cancel);
        using var reader = await pipe;
        Assert.Equal("started", await reader.ReadLineAsync(Cancellation));

        await cancel.CancelAsync();

        Assert.Equal("goodbye", await reader.ReadToEndAsync(Cancellation));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task A_killed_launcher_takes_the_script_along()
    {
        using var checkout = await FakeCheckout.WithAsync("""
            pipe = held()
            os.write(pipe, b"%d\n" % os.getppid())
            signal.pause()
            """);
        var pipe = checkout.OpenPipeAsync();
        var running = RunAsync(checkout, []);
        using var reader = await pipe;
        await RunnerProgram.SignalAsync("KILL", int.Parse((await reader.ReadLineAsync(Cancellation))!, CultureInfo.InvariantCulture));
        Assert.Equal("", await reader.ReadToEndAsync(Cancellation));
        Assert.Equal(137, await running);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_killed_launcher_leaves_is_ended(bool silent)
    {
        var options = silent ? "start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL" : "start_new_session=True";
        using var checkout = await FakeCheckout.WithAsync($"""
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            pipe = held()
            hold(pipe, "signal.pause()", {options})
            os.write(pipe, b"%d\n" % os.getppid())
            signal.pause()
            """);
        var pipe = checkout.OpenPipeAsync();
        var running = RunAsync(checkout, []);
        using var reader = await pipe;
        await RunnerProgram.SignalAsync("KILL", int.Parse((await reader.ReadLineAsync(Cancellation))!, CultureInfo.InvariantCulture));

        Assert.Equal(137, await running);
        Assert.Empty(checkout.Running);
        Assert.Equal("", await reader.ReadToEndAsync(Cancellation));
    }

    [Fact]
    public async Task A_missing_python_is_named_with_its_remedy()
    {
        using var checkout = await FakeCheckout.WithAsync("");
        var exception = await Assert.ThrowsAsync<MissingProgramException>(() => RunAsync(checkout, [], options: new() { Python = "no-such-python" }));
        Assert.Contains("apt-get install python3", exception.Message, StringComparison.Ordinal);
    }

    private async Task CancelOnceStartedAsync(FakeCheckout checkout, TimeSpan within)
    {
        using var cancel = new CancellationTokenSource();
        var started = new TaskCompletionSource();
        var listener = new Listener { OnLine = _ => started.TrySetResult() };
        var running = RunAsync(checkout, [], listener, cancel: cancel);
        await started.Task.WaitAsync(Cancellation);
        var before = TimeProvider.System.GetTimestamp();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.True(TimeProvider.System.GetElapsedTime(before) < within);
        foreach (var line in listener.Lines)
            _listener.Report(line);
    }

    private async Task<int> RunAsync(
        FakeCheckout checkout, string[] arguments, Listener? listener = null, RunnerOptions? options = null, CancellationTokenSource? cancel = null)
    {
        listener ??= _listener;
        using var workspace = Workspace.Create(checkout.Workspaces, "job-1", checkout.Path);
        var output = new ProgressReader(Plans.Of(), listener, listener, TimeProvider.System);
        return await new ScriptRunner(options ?? new()).RunAsync(workspace, Plans.Of() with { Arguments = arguments }, output, cancel?.Token ?? Cancellation);
    }
}

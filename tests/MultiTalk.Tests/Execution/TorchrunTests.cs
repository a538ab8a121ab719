using CliWrap;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.Tests.Diagnosis;

namespace MultiTalk.Tests.Execution;

/// <summary>
/// Several cards: the script is started by torchrun, here by a stand-in that does what the real one does: a worker for each
/// card in a session of its own, and failures of them told as its own with exit code 1.
/// </summary>
public sealed class TorchrunTests : IDisposable
{
    private static readonly string[] _launcher = ["torchrun", "--standalone", "--nproc_per_node=2"];

    private readonly Listener _listener = new();
    private readonly StubPackages _packages = new();

    public TorchrunTests() => _packages.Module("torch/distributed/run", """
        import os, signal, subprocess, sys

        class ChildFailedError(Exception):
            pass
        ChildFailedError.__module__ = "torch.distributed.elastic.multiprocessing.errors"

        def stop(number, frame):
            raise SystemExit(1)

        options, command = sys.argv[1:3], sys.argv[3:]
        assert options == ["--standalone", "--nproc_per_node=2"], sys.argv
        signal.signal(signal.SIGTERM, stop)
        workers = {}
        for rank in range(2):
            worker = subprocess.Popen([sys.executable, "-u", *command], env={**os.environ, "LOCAL_RANK": str(rank)}, start_new_session=True)
            workers[worker.pid] = worker
        try:
            failed = False
            while workers and not failed:
                pid, status = os.wait()
                failed = status != 0
                del workers[pid]
        finally:
            for worker in workers.values():
                worker.terminate()
            for worker in workers.values():
                worker.wait(30)
        if failed:
            raise ChildFailedError("\n" + 60 * "=" + "\n" + command[0] + " FAILED")
        """);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_card_gets_the_same_command()
    {
        using var checkout = await FakeCheckout.WithAsync("""
            # In one write, so that the two do not mix.
            os.write(1, " ".join([os.environ["LOCAL_RANK"], str(os.getpid() == os.getsid(0)), os.path.basename(os.getcwd()), *sys.argv]).encode() + b"\n")
            """);
        Assert.Equal(0, await RunAsync(checkout, ["--ulysses_size", "2", "two words"], Cancellation));
        Assert.Equal(
            ["0 True MultiTalk generate_multitalk.py --ulysses_size 2 two words", "1 True MultiTalk generate_multitalk.py --ulysses_size 2 two words"],
            _listener.Lines.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_failure_of_one_card_is_that_of_the_run()
    {
        using var checkout = await FakeCheckout.WithAsync("""
            if os.environ["LOCAL_RANK"] == "1":
                raise RuntimeError("out of ideas")
            signal.pause()
            """);
        Assert.Equal(1, await RunAsync(checkout, [], Cancellation));
        Assert.Contains("RuntimeError: out of ideas", _listener.Lines);
        Assert.Contains(_listener.Lines, line => line.Contains("ChildFailedError", StringComparison.Ordinal));
        Assert.Empty(checkout.Running);
    }

    [Fact]
    public async Task A_cancel_ends_every_card()
    {
        using var checkout = await StubbornAsync();
        using var cancel = new CancellationTokenSource();
        var pipe = checkout.OpenPipeAsync();
        var running = RunAsync(checkout, [], cancel.Token);
        using var reader = await pipe;
        await BothStartedAsync(reader);
        // The launcher, torchrun and its workers.
        Assert.Equal(4, checkout.Running.Count());

        var before = TimeProvider.System.GetTimestamp();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        Assert.Empty(checkout.Running);
        Assert.Equal("", await reader.ReadToEndAsync(Cancellation));
        Assert.True(TimeProvider.System.GetElapsedTime(before) < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task The_death_of_the_runner_ends_every_card()
    {
        using var checkout = await StubbornAsync();
        await _packages.MakeAsync();
        var pipe = checkout.OpenPipeAsync();
        // All that the launcher sees of a runner is who holds its standard input.
        var runner = Cli.Wrap("python3")
            .WithArguments(["-c", "import subprocess, sys; subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE).wait()", _packages.Options.Python, Path.Combine(AppContext.BaseDirectory, "python", "launch.py"), "0.1", "-m", "torch.distributed.run", .. _launcher[1..], ColabLayout.Script])
            .WithWorkingDirectory(checkout.Path).WithValidation(CommandResultValidation.None).ExecuteAsync(Cancellation);
        using var reader = await pipe;
        await BothStartedAsync(reader);

        await CommandLine.RunnerProgram.SignalAsync("KILL", runner.ProcessId);

        Assert.Equal("", await reader.ReadToEndAsync(Cancellation));
        Assert.Equal(137, (await runner).ExitCode);
    }

    public void Dispose() => _packages.Dispose();

    private static Task<FakeCheckout> StubbornAsync() => FakeCheckout.WithAsync("""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.write(held(), b"started\n")
        while True:
            signal.pause()
        """);

    private static async Task BothStartedAsync(StreamReader reader)
    {
        Assert.Equal("started", await reader.ReadLineAsync(Cancellation));
        Assert.Equal("started", await reader.ReadLineAsync(Cancellation));
    }

    private async Task<int> RunAsync(FakeCheckout checkout, string[] arguments, CancellationToken cancellationToken)
    {
        await _packages.MakeAsync();
        using var workspace = Workspace.Create(checkout.Workspaces, "job-1", checkout.Path);
        var plan = Plans.Of() with { Gpus = 2, Launcher = _launcher, Arguments = arguments };
        return await new ScriptRunner(_packages.Options).RunAsync(workspace, plan, new(plan, _listener, _listener, TimeProvider.System), cancellationToken);
    }
}

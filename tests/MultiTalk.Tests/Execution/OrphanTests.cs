using System.Globalization;
using CliWrap;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.Tests.CommandLine;

namespace MultiTalk.Tests.Execution;

public sealed class OrphanTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_works_in_a_workspace_is_ended_and_nothing_else()
    {
        var (home, folder, gone) = (await StartAsync("job-1"), await StartAsync("job-1/MultiTalk"), await StartAsync("job-1/gone"));
        var neighbours = new[] { await StartAsync("job-10"), await StartAsync("job") };
        Directory.Delete(_directory["job-1/gone"]);

        Assert.Equal(3, Orphans.End(_directory["job-1"]));

        foreach (var orphan in new[] { home, folder, gone })
            Assert.Equal(137, (await orphan).ExitCode);
        Assert.Equal(neighbours.Select(neighbour => neighbour.ProcessId).Order(), FakeCheckout.WorkingIn(_directory.Path).Order());
        Assert.Equal(0, Orphans.End(_directory["job-1"]));
        foreach (var neighbour in neighbours)
        {
            await RunnerProgram.SignalAsync("KILL", neighbour.ProcessId);
            await neighbour;
        }
    }

    [Fact]
    public async Task A_workspace_that_is_gone_may_have_orphans_too()
    {
        var orphan = await StartAsync("job-1");
        Directory.Delete(_directory["job-1"]);
        Assert.Equal(1, Orphans.End(_directory["job-1"]));
        Assert.Equal(137, (await orphan).ExitCode);
    }

    [Fact]
    public async Task A_path_with_links_leads_to_the_same_workspace()
    {
        Directory.CreateDirectory(_directory["disk"]);
        Directory.CreateSymbolicLink(_directory["link"], _directory["other"]);
        Directory.CreateSymbolicLink(_directory["other"], "disk");
        var orphan = await StartAsync("disk/job-1");
        Assert.Equal(1, Orphans.End(_directory["link/job-1"]));
        Assert.Equal(137, (await orphan).ExitCode);
    }

    [Fact]
    public async Task A_shell_in_which_somebody_looks_around_is_spared()
    {
        // It has a terminal of its own, as behind a login, and its parent is elsewhere.
        Directory.CreateDirectory(_directory["job-1"]);
        var (said, shell) = Start(_directory.Path, """
            import pty
            child, terminal = pty.fork()
            if child == 0:
                os.chdir("job-1")
                print("here")
                signal.pause()
            os.read(terminal, 1)
            print(child, flush=True)
            sys.exit(os.WTERMSIG(os.waitpid(child, 0)[1]))
            """);
        var child = int.Parse(await said, CultureInfo.InvariantCulture);
        Assert.Equal([child], FakeCheckout.WorkingIn(_directory["job-1"]));

        Assert.Equal(0, Orphans.End(_directory["job-1"]));

        await RunnerProgram.SignalAsync("TERM", child);
        Assert.Equal(15, (await shell).ExitCode);
    }

    [Fact]
    public async Task What_a_runner_leaves_that_was_killed_with_its_launcher_is_ended()
    {
        using var checkout = await FakeCheckout.WithAsync("""
            pipe = held()
            hold(pipe, "signal.pause()", start_new_session=True)
            os.write(pipe, b"%d\n%s\n" % (os.getppid(), os.getcwd().encode()))
            signal.pause()
            """);
        var program = new RunnerProgram(_directory);
        program.Set("Runner__Checkout", checkout.Path);
        var pipe = checkout.OpenPipeAsync();
        var runner = program.Start("generate", "--image", Samples.Path("portrait.png"), "--voice", Samples.Path("voice.wav"), "--prompt", Samples.Prompt, "--out", "talk.mp4");
        using var reader = await pipe;
        var launcher = int.Parse((await reader.ReadLineAsync(Cancellation))!, CultureInfo.InvariantCulture);
        var home = Path.GetDirectoryName(await reader.ReadLineAsync(Cancellation))!;

        // It cannot see how its launcher dies.
        await RunnerProgram.SignalAsync("STOP", runner.ProcessId);
        await RunnerProgram.SignalAsync("KILL", launcher);
        await RunnerProgram.SignalAsync("KILL", runner.ProcessId);

        Assert.InRange(Orphans.End(home), 1, 2);
        Assert.Equal("", await reader.ReadToEndAsync(Cancellation));
        Assert.Equal(137, (await runner).ExitCode);
    }

    public void Dispose() => _directory.Dispose();

    private static (Task<string> Said, CommandTask<CommandResult> Process) Start(string directory, string code)
    {
        var said = new TaskCompletionSource<string>();
        var process = Cli.Wrap("python3")
            .WithArguments(["-c", "import os, signal, sys\n" + code])
            .WithWorkingDirectory(directory)
            .WithStandardOutputPipe(PipeTarget.ToDelegate(said.SetResult))
            .WithValidation(CommandResultValidation.None).ExecuteAsync(Cancellation);
        return (said.Task.WaitAsync(Cancellation), process);
    }

    /// <summary>A process in a session of its own, which works in a directory.</summary>
    private async Task<CommandTask<CommandResult>> StartAsync(string directory)
    {
        Directory.CreateDirectory(_directory[directory]);
        var (said, process) = Start(_directory[directory], "signal.signal(signal.SIGTERM, signal.SIG_IGN); os.setsid(); print('started', flush=True); signal.pause()");
        await said;
        return process;
    }
}

using MultiTalk.GpuRunner;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Execution;

namespace MultiTalk.Tests.Execution;

public sealed class RunLogsTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_streams_are_kept_byte_by_byte_beside_the_scripts_directory()
    {
        using var checkout = await FakeCheckout.WithAsync("""
            os.write(1, bytes(range(256)) + b"out\r\n")
            os.write(2, b"\r 50%\xff\r100%\n")
            """);
        using var workspace = await RunAsync(checkout);
        var (output, errors) = (File.ReadAllBytes(Path.Combine(workspace.Home, "stdout.log")), File.ReadAllBytes(Path.Combine(workspace.Home, "stderr.log")));
        Assert.Equal([.. Enumerable.Range(0, 256).Select(value => (byte)value), .. "out\r\n"u8], output);
        Assert.Equal([.. "\r 50%"u8, 0xff, .. "\r100%\n"u8], errors);
        Assert.DoesNotContain(Directory.EnumerateFiles(workspace.Directory), file => file.EndsWith(".log", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_run_in_the_same_workspace_starts_them_anew()
    {
        using var checkout = await FakeCheckout.WithAsync("print('first and longer' if not os.path.exists('seen') else 'second'); open('seen', 'w')");
        using var workspace = await RunAsync(checkout);
        await RunAsync(checkout, workspace);
        Assert.Equal("second\n", await File.ReadAllTextAsync(Path.Combine(workspace.Home, "stdout.log"), Cancellation));
    }

    [Fact]
    public async Task What_was_read_is_in_the_log_before_the_run_ends()
    {
        using var logs = new RunLogs(_directory.Path);
        logs.Write(error: false, "half a li"u8);
        Assert.Equal("half a li", await File.ReadAllTextAsync(_directory["stdout.log"], Cancellation));
    }

    [Fact]
    public void A_log_that_is_full_says_so_once_and_the_other_goes_on()
    {
        using (var logs = new RunLogs(_directory.Path, maxBytes: 10))
        {
            logs.Write(error: false, "0123456789"u8);
            logs.Write(error: true, "short"u8);
            logs.Write(error: false, "a"u8);
            logs.Write(error: false, "b"u8);
            logs.Write(error: true, " too"u8);
            logs.Write(error: true, "and long"u8);
        }

        Assert.Equal("0123456789\nThis log ends here, at its limit of 10 bytes; the script wrote more.\n", File.ReadAllText(_directory["stdout.log"]));
        Assert.Equal("short tooa\nThis log ends here, at its limit of 10 bytes; the script wrote more.\n", File.ReadAllText(_directory["stderr.log"]));
    }

    [Fact]
    public void Sixteen_megabytes_are_kept_of_each()
    {
        using (var logs = new RunLogs(_directory.Path))
        {
            for (var megabyte = 0; megabyte < 17; megabyte++)
                logs.Write(error: false, new byte[1 << 20]);
        }

        Assert.InRange(new FileInfo(_directory["stdout.log"]).Length, 16 << 20, (16 << 20) + 200);
    }

    [Fact]
    public async Task A_full_or_missing_disk_disturbs_no_run()
    {
        using var checkout = await FakeCheckout.WithAsync("print(100_000 * 'x'); print('oops', file=sys.stderr)");
        using var workspace = Workspace.Create(checkout.Workspaces, "job-1", checkout.Path);
        // Whatever is written there finds no space left.
        File.CreateSymbolicLink(Path.Combine(workspace.Home, "stdout.log"), "/dev/full");
        File.CreateSymbolicLink(Path.Combine(workspace.Home, "stderr.log"), _directory["away/stderr.log"]);
        var listener = new Listener();
        await RunAsync(checkout, workspace, listener);
        Assert.Contains(listener.Lines, line => line.StartsWith("xxx", StringComparison.Ordinal));
        Assert.Contains("oops", listener.Lines);
    }

    public void Dispose() => _directory.Dispose();

    private static async Task<Workspace> RunAsync(FakeCheckout checkout, Workspace? workspace = null, Listener? listener = null)
    {
        workspace ??= Workspace.Create(checkout.Workspaces, "job-1", checkout.Path);
        listener ??= new();
        Assert.Equal(0, await new ScriptRunner(new RunnerOptions()).RunAsync(workspace, Plans.Of(), new(Plans.Of(), listener, listener, TimeProvider.System), Cancellation));
        return workspace;
    }
}

using System.Text;
using MultiTalk.GpuRunner;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Execution;

namespace MultiTalk.Tests.Execution;

public sealed class RunLogsTests : IDisposable
{
    private const int Tail = 256 * 1024;

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

    [Theory]
    [InlineData(10, 0)]
    [InlineData(Tail, 0)]
    [InlineData(Tail + 10, 10)]
    [InlineData((3 * Tail) + 777, (2 * Tail) + 777)]
    public void Of_too_much_the_start_and_the_end_are_kept(int more, int leftOut)
    {
        const int Start = 1000;
        var written = new byte[Start + more];
        new Random(more).NextBytes(written);
        using (var logs = new RunLogs(_directory.Path, maxBytes: Start))
        {
            for (var position = 0; position < written.Length; position += 4_001)
                logs.Write(error: false, written.AsSpan(position, Math.Min(4_001, written.Length - position)));
            logs.Write(error: true, "short"u8);
        }

        var told = leftOut == 0 ? "" : $"\n[{leftOut} bytes of the script's output are left out here]\n";
        Assert.Equal([.. written[..Start], .. Encoding.UTF8.GetBytes(told), .. written[(Start + leftOut)..]], File.ReadAllBytes(_directory["stdout.log"]));
        Assert.Equal("short", File.ReadAllText(_directory["stderr.log"]));
    }

    [Fact]
    public void Sixteen_megabytes_are_kept_of_each_start()
    {
        using (var logs = new RunLogs(_directory.Path))
        {
            for (var megabyte = 0; megabyte < 18; megabyte++)
                logs.Write(error: false, new byte[1 << 20]);
        }

        Assert.InRange(new FileInfo(_directory["stdout.log"]).Length, (16 << 20) + Tail, (16 << 20) + Tail + 200);
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

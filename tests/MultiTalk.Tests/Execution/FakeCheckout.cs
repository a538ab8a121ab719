using System.Globalization;
using CliWrap;
using MultiTalk.GpuRunner.Colab;

namespace MultiTalk.Tests.Execution;

/// <summary>
/// A checkout with a script of the test's own. The script and what it starts can hold the writing end of a named pipe: when its
/// reader sees the end, everything that held it is dead, whoever its parent was. Runs of it can also be counted.
/// </summary>
internal sealed class FakeCheckout : IDisposable
{
    private readonly TempDirectory _directory = new();

    private FakeCheckout()
    {
    }

    /// <summary>The directory with the script.</summary>
    public string Path => _directory["checkout"];

    /// <summary>Where workspaces are to be made.</summary>
    public string Workspaces => _directory["workspaces"];

    /// <summary>What is left of workspaces.</summary>
    public IEnumerable<string> Left => Directory.Exists(Workspaces) ? Directory.EnumerateFileSystemEntries(Workspaces).Select(entry => System.IO.Path.GetFileName(entry)!) : [];

    /// <summary>The processes that work in a workspace, the launcher among them.</summary>
    public IEnumerable<int> Running => WorkingIn(Workspaces);

    /// <summary>Makes a checkout. The script finds <c>hold</c>, which starts a child that holds the pipe, and <c>daemon</c>, which leaves one behind.</summary>
    public static async Task<FakeCheckout> WithAsync(string script)
    {
        var checkout = new FakeCheckout();
        Directory.CreateDirectory(checkout.Path);
        await Cli.Wrap("mkfifo").WithArguments(checkout.Pipe).ExecuteAsync(TestContext.Current.CancellationToken);
        var prelude = $"""
            import os, signal, subprocess, sys
            def held():
                pipe = os.open({Quote(checkout.Pipe)}, os.O_WRONLY)
                os.set_inheritable(pipe, True)
                return pipe
            def hold(pipe, code, **options):
                return subprocess.Popen([sys.executable, "-c", "import os, signal\n" + code], pass_fds=[pipe], **options)
            def daemon(pipe, code):
                if os.fork():
                    return os.wait()
                os.setsid()
                if not os.fork():
                    os.execv(sys.executable, [sys.executable, "-c", "import os, signal\n" + code])
                os._exit(0)

            """;
        await File.WriteAllTextAsync(System.IO.Path.Combine(checkout.Path, ColabLayout.Script), prelude + script, TestContext.Current.CancellationToken);
        return checkout;
    }

    /// <summary>
    /// A checkout whose script ends by nothing but SIGKILL, nor do its child, its child in another session and its daemon; it
    /// writes a line to the pipe when all run.
    /// </summary>
    public static Task<FakeCheckout> StubbornAsync() => WithAsync("""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        pipe = held()
        hold(pipe, "signal.pause()")
        hold(pipe, "signal.pause()", start_new_session=True)
        daemon(pipe, "signal.pause()")
        os.write(pipe, b"started\n")
        while True:
            signal.pause()
        """);

    /// <summary>Opens the pipe; waits for the script to open it too.</summary>
    public Task<StreamReader> OpenPipeAsync() => Task.Run(() => new StreamReader(new FileStream(Pipe, FileMode.Open, FileAccess.Read)), TestContext.Current.CancellationToken);

    /// <summary>The processes whose working directory is there.</summary>
    public static IEnumerable<int> WorkingIn(string directory) => Directory.EnumerateDirectories("/proc")
        .Where(process => int.TryParse(System.IO.Path.GetFileName(process), out _) && new FileInfo(System.IO.Path.Combine(process, "cwd")).LinkTarget?.StartsWith(directory, StringComparison.Ordinal) == true)
        .Select(process => int.Parse(System.IO.Path.GetFileName(process), CultureInfo.InvariantCulture));

    public void Dispose() => _directory.Dispose();

    private string Pipe => _directory["pipe"];

    private static string Quote(string text) => $"'{text}'";
}

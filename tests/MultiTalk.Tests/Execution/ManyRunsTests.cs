using CliWrap;
using CliWrap.Buffered;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.Tests.Media;

namespace MultiTalk.Tests.Execution;

public sealed class ManyRunsTests
{
    private const string Alone = "MULTITALK_TEST_ALONE";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Handles can only be counted where no other test opens some, so it starts itself in a process of its own.</summary>
    [Fact]
    public async Task Two_hundred_runs_leave_nothing_behind()
    {
        if (Environment.GetEnvironmentVariable(Alone) is not null)
        {
            await RunManyAsync();
            return;
        }

        using var directory = new TempDirectory();
        var result = await Cli.Wrap(Path.Combine(AppContext.BaseDirectory, "MultiTalk.Tests"))
            .WithArguments(["-method", $"*.{nameof(Two_hundred_runs_leave_nothing_behind)}"])
            .WithWorkingDirectory(directory.Path)
            .WithEnvironmentVariables(variables => variables.Set(Alone, "1"))
            .WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync(Cancellation);
        Assert.True(result.ExitCode == 0, result.StandardOutput + result.StandardError);
    }

    // Most of them fail, which is fast; each twentieth makes a video.
    private static async Task RunManyAsync()
    {
        using var directory = new TempDirectory();
        await Ffmpeg.MakeAsync("-f lavfi -i testsrc2=s=640x640:r=25 -f lavfi -i sine -t 3.24 -pix_fmt yuv420p -f mp4", directory["made"]);
        using var checkout = await FakeCheckout.WithAsync($"""
            import shutil
            print("done", flush=True)
            if "/bad" in os.getcwd():
                sys.exit(7)
            shutil.copy("{directory["made"]}", "output.mp4")
            print("[2026-11-22 15:55:00,000] INFO: Finished.")
            """);
        // The first ones open what .NET keeps for all later ones.
        await RunAsync(checkout, 0, 12);
        KeptFailure.Sweep(checkout.Workspaces, TimeSpan.FromMinutes(-1), TimeProvider.System);
        var before = Handles();

        await RunAsync(checkout, 20, 200);

        Assert.Equal(before, Handles());
        Assert.Empty(Children());
        Assert.Empty(checkout.Running);
        Assert.Equal(190, checkout.Left.Count());
        Assert.Equal(190, KeptFailure.Sweep(checkout.Workspaces, TimeSpan.FromMinutes(-1), TimeProvider.System));
        Assert.Empty(checkout.Left);
    }

    private static Task RunAsync(FakeCheckout checkout, int first, int count) =>
        Parallel.ForEachAsync(Enumerable.Range(first, count), new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Cancellation }, async (number, cancellationToken) =>
        {
            var (good, listener) = (number % 20 == 10, new Listener());
            var executor = new GenerationExecutor(new() { Workspaces = checkout.Workspaces, Checkout = checkout.Path }, TimeProvider.System);
            var attempt = new Attempt($"{(good ? "good" : "bad")}{number}", 1, "A woman talks", Plans.Of(), (name, target, token) => Task.Run(() => Copy(name, target), token));
            var running = executor.ExecuteAsync(attempt, listener, listener, cancellationToken);
            if (good)
                (await running).Dispose();
            else
                Assert.Equal("script_failed", (await Assert.ThrowsAsync<GenerationFailedException>(() => running)).Error.Code);
            Assert.Contains("done", listener.Lines);
        });

    private static void Copy(string name, string target) => File.Copy(Samples.Path(name == ColabLayout.Picture ? "portrait.png" : "voice.wav"), target);

    // Files by name, pipes by kind. The code of .NET itself is opened when it is first used.
    private static List<string> Handles() =>
        [.. Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(handle => new FileInfo(handle).LinkTarget?.Split(':')[0] ?? "")
            .Where(handle => !handle.EndsWith(".dll", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Children() => Directory.EnumerateDirectories("/proc/self/task")
        .SelectMany(thread => File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries));
}

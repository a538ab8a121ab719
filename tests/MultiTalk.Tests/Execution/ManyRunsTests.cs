using CliWrap;
using CliWrap.Buffered;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Execution;

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

    private static async Task RunManyAsync()
    {
        using var checkout = await FakeCheckout.WithAsync("print('done'); sys.exit(7)");
        // The first ones open what .NET keeps for all later ones.
        await RunAsync(checkout, 0, 8);
        var before = Handles();

        await RunAsync(checkout, 8, 200);

        Assert.Equal(before, Handles());
        Assert.Empty(Children());
        Assert.Empty(checkout.Running);
        Assert.Empty(checkout.Left);
    }

    private static Task RunAsync(FakeCheckout checkout, int first, int count) =>
        Parallel.ForEachAsync(Enumerable.Range(first, count), new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Cancellation }, async (number, cancellationToken) =>
        {
            var listener = new Listener();
            using var workspace = Workspace.Create(checkout.Workspaces, $"job-{number}", checkout.Path);
            Assert.Equal(7, await new ScriptRunner(new()).RunAsync(workspace, Plans.Of(), new(Plans.Of(), listener, listener, TimeProvider.System), cancellationToken));
            Assert.Equal(["done"], listener.Lines);
        });

    // Files by name, pipes by kind. The code of .NET itself is opened when it is first used.
    private static List<string> Handles() =>
        [.. Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(handle => new FileInfo(handle).LinkTarget?.Split(':')[0] ?? "")
            .Where(handle => !handle.EndsWith(".dll", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Children() => Directory.EnumerateDirectories("/proc/self/task")
        .SelectMany(thread => File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries));
}

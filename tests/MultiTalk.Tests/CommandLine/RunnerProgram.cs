using CliWrap;
using CliWrap.Buffered;

namespace MultiTalk.Tests.CommandLine;

/// <summary>The runner's program, as a process of its own.</summary>
internal sealed class RunnerProgram(TempDirectory directory)
{
    private readonly Dictionary<string, string?> _environment = new()
    {
        // What it leaves behind can be seen; what the test machine has set does not matter.
        ["TMPDIR"] = Directory.CreateDirectory(directory["tmp"]).FullName,
        ["Runner__Web"] = null,
        ["Runner__Token"] = null,
        ["ASPNETCORE_URLS"] = null,
    };

    /// <summary>What is left in its temporary directory; .NET's own files do not count.</summary>
    public IEnumerable<string> Left => Directory.EnumerateFileSystemEntries(directory["tmp"]).Select(entry => Path.GetFileName(entry)!)
        .Where(name => !name.StartsWith("clr-debug-pipe", StringComparison.Ordinal) && !name.StartsWith("dotnet-diagnostic", StringComparison.Ordinal));

    /// <summary>Sets a variable of its environment.</summary>
    public void Set(string name, string value) => _environment[name] = value;

    /// <summary>Starts it.</summary>
    public CommandTask<BufferedCommandResult> Start(params string[] arguments) =>
        Cli.Wrap(Path.Combine(AppContext.BaseDirectory, "MultiTalk.GpuRunner"))
            .WithArguments(arguments)
            .WithWorkingDirectory(directory.Path)
            .WithEnvironmentVariables(_environment)
            .WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync(TestContext.Current.CancellationToken);

    /// <summary>Sends a signal to it.</summary>
    public static Task SignalAsync(string signal, int processId) =>
        Cli.Wrap("kill").WithArguments([$"-{signal}", $"{processId}"]).ExecuteAsync(TestContext.Current.CancellationToken);
}

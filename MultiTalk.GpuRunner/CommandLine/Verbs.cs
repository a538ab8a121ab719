using System.CommandLine;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>The command line of the runner.</summary>
internal static class Verbs
{
    // Longer than a stop of the worker takes: SIGTERM, SIGKILL, giving the job back.
    private static readonly InvocationConfiguration _patient = new() { ProcessTerminationTimeout = TimeSpan.FromSeconds(20) };

    /// <summary>Runs a command line to its end.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var worker = new WorkerCommand();
        var root = new RootCommand($"Makes a picture talk with MultiTalk. Without a verb it works for a Web. {ExitCode.Help}")
        {
            worker,
            new GenerateCommand(),
            new PlanCommand(),
            new DoctorCommand(),
            new PrepareCommand(),
            new CheckCommand(),
            new RunCommand(),
            new CollectCommand(),
            new ExplainCommand(),
            new ModelsCommand(),
        };
        root.SetAction((_, cancellationToken) => WorkerCommand.RunAsync([], cancellationToken));

        var parsed = root.Parse(args);
        using var hangup = new Hangup();
        var exitCode = await parsed.InvokeAsync(_patient, hangup.Token);
        return parsed.Errors.Count > 0 ? ExitCode.Usage : exitCode;
    }
}

using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary><c>worker</c>: pulls jobs from a Web until it is stopped.</summary>
internal sealed class WorkerCommand : Command
{
    private readonly Argument<string[]> _settings = new("settings")
    {
        Description = "Settings such as Runner:Web=https://multitalk.example. A token is safer in the environment (Runner__Token): command lines can be read by everybody on the machine.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public WorkerCommand()
        : base("worker", $"Pulls jobs from a Web and runs them, one at a time, until it is stopped. {ExitCode.Help}")
    {
        _settings.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => !token.Value.Contains('=')))
                result.AddError($"\"{token.Value}\" is no setting: write Key=Value.");
        });
        Arguments.Add(_settings);
        SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(_settings) ?? [], cancellationToken));
    }

    /// <summary>Runs the worker.</summary>
    public static Task<int> RunAsync(string[] settings, CancellationToken cancellationToken) => Failures.ExplainAsync(async () =>
    {
        using var host = RunnerHost.Build(settings);
        // The host would check them too, and log a stack trace over what people have to read.
        _ = host.Services.GetRequiredService<IOptions<RunnerOptions>>().Value;
        var worker = host.Services.GetServices<IHostedService>().OfType<Worker.Worker>().Single();
        await host.RunAsync(cancellationToken);
        // A host that a fault has stopped ends as quietly as one that was asked to.
        return worker.ExecuteTask is { IsFaulted: true } ? ExitCode.Failure : ExitCode.Success;
    });
}

using System.CommandLine;
using MultiTalk.GpuRunner.Execution;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary><c>run</c>: the script of a prepared workspace, as often as one likes.</summary>
internal sealed class RunCommand : Command
{
    private readonly Option<string> _workspace = WorkspaceOption.Create();

    public RunCommand()
        : base("run", $"Runs the script in a prepared workspace and keeps its output beside it. {ExitCode.Help}")
    {
        Options.Add(_workspace);
        SetAction((parsed, cancellationToken) => Failures.ExplainAsync(() => RunAsync(parsed, cancellationToken)));
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var workspace = parsed.Open(_workspace);
        var (options, record) = (LocalOptions.Read(), RunRecord.Read(workspace));
        await ProgressView.ShowAsync(progress =>
        {
            var output = new ProgressReader(record.Plan, progress, new Unheard(), TimeProvider.System, new RunHistory(options.Workspaces).Measurements);
            return new ScriptRun(options, TimeProvider.System).RunAsync(workspace, output, cancellationToken);
        });
        Console.WriteLine($"{workspace.PathOf(Colab.ColabLayout.Output)}: the script is done. Next: collect");
        return ExitCode.Success;
    }
}

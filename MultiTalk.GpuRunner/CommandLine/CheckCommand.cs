using System.CommandLine;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Diagnosis;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary><c>check</c>: whether a prepared run can start on this machine, before GPU time is spent.</summary>
internal sealed class CheckCommand : Command
{
    private readonly Option<string> _workspace = WorkspaceOption.Create();

    public CheckCommand()
        : base("check", $"Checks a prepared workspace and this machine, and writes the parity report beside it. {ExitCode.Help}")
    {
        Options.Add(_workspace);
        SetAction((parsed, cancellationToken) => Failures.ExplainAsync(() => RunAsync(parsed, cancellationToken)));
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var workspace = parsed.Open(_workspace);
        var (options, plan) = (LocalOptions.Read(), RunRecord.Read(workspace).Plan);
        options.Engine = plan.Engine;
        var report = await new Doctor(options, Machine.This).ExamineAsync(cancellationToken);
        RunRecord.WriteParity(workspace, report.Parity);
        DoctorView.PrintParity(report);
        RequestProblem[] problems = [.. WorkspaceCheck.Problems(workspace, plan), .. LocalRun.Problems(plan, report.Abilities)];
        if (problems.Length > 0)
            throw new InvalidRequestException(problems);
        Console.WriteLine($"{workspace.Home}: all that the script opens is where it looks for it, and this machine can run it. Next: run");
        return ExitCode.Success;
    }
}

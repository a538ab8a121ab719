using System.CommandLine;
using MultiTalk.GpuRunner.Diagnosis;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary><c>generate</c>: a video from files, no Web needed.</summary>
internal sealed class GenerateCommand : Command
{
    private readonly InputOptions _inputs = new();
    private readonly Option<string> _out = new("--out") { Description = "The video to write, such as talk.mp4; an existing one is replaced when the new one is whole.", Required = true };

    public GenerateCommand()
        : base("generate", $"Makes a video from files. {ExitCode.Help}")
    {
        _inputs.AddTo(this);
        Options.Add(_out);
        SetAction((parsed, cancellationToken) => Failures.ExplainAsync(() => RunAsync(parsed, cancellationToken)));
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var output = new OutputFile(parsed.GetRequiredValue(_out));
        using var scratch = new Scratch();
        var options = LocalOptions.Read();
        var history = new RunHistory(options.Workspaces);
        options.Workspaces = Path.Combine(scratch.Directory, "workspaces");

        var (prompt, plan) = await _inputs.PrepareAsync(parsed, scratch.Directory, options.Engine, runner: null, cancellationToken);
        LocalRun.RequireEngine(plan, options);
        // A preview says itself what it lacks, within a second.
        if (plan.Engine == Engine.MultiTalk)
            plan = await ForThisMachineAsync(plan, options, cancellationToken);

        var attempt = new Attempt(LocalRun.Job, 1, prompt, plan, LocalRun.MoveFrom(scratch.Directory));
        var executor = new GenerationExecutor(options, TimeProvider.System, history);
        using var video = await ProgressView.ShowAsync(progress => executor.ExecuteAsync(attempt, progress, new Unheard(), cancellationToken));
        output.Publish(video.Path);
        VideoLine.Print(parsed.GetRequiredValue(_out), video.Facts, video.Plan);
        return ExitCode.Success;
    }

    // No GPU time is spent on what can be known before.
    private static async Task<GenerationPlan> ForThisMachineAsync(GenerationPlan plan, RunnerOptions options, CancellationToken cancellationToken)
    {
        var here = (await new Doctor(options, Machine.This).ExamineAsync(cancellationToken)).Abilities;
        RequestProblem[] problems = [.. LocalRun.Problems(plan, here)];
        return problems.Length > 0 ? throw new InvalidRequestException(problems) : Planner.For(plan, here);
    }
}

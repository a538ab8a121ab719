using System.CommandLine;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary><c>prepare</c>: the first step of a run, its workspace.</summary>
internal sealed class PrepareCommand : Command
{
    private readonly InputOptions _inputs = new();
    private readonly Option<string> _workspace = new("--workspace") { Description = "The directory to make; one that was prepared before is made anew.", Required = true };

    public PrepareCommand()
        : base("prepare", $"Makes the directory of a run, which looks exactly like Colab's. Then: check, run, collect. {ExitCode.Help}")
    {
        Options.Add(_workspace);
        _inputs.AddTo(this);
        SetAction((parsed, cancellationToken) => Failures.ExplainAsync(() => RunAsync(parsed, cancellationToken)));
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var home = parsed.HomeOf(_workspace);
        RequireOurs(home);
        using var scratch = new Scratch();
        var options = LocalOptions.Read();
        var (prompt, plan) = await _inputs.PrepareAsync(parsed, scratch.Directory, options.Engine, await LocalRun.AbilitiesAsync(options, cancellationToken), cancellationToken);
        LocalRun.RequireEngine(plan, options);

        using var workspace = Workspace.Create(home, options.CheckoutDirectory, ModelVolume.Of(options));
        await Preparation.FillAsync(workspace, new(LocalRun.Job, prompt, plan), LocalRun.MoveFrom(scratch.Directory), ScriptCommand.Of(options, plan), cancellationToken);
        workspace.Keep();
        Console.WriteLine(FormattableString.Invariant($"{home}: {plan.Frames} frames in {plan.Segments} segment{(plan.Segments == 1 ? "" : "s")}, {plan.Width}×{plan.Height}, {plan.Steps} steps, engine {plan.Engine}, seed {plan.Seed}"));
        return ExitCode.Success;
    }

    // Making it anew deletes what lies there.
    private static void RequireOurs(string home)
    {
        if (File.Exists(home))
            throw new InvalidRequestException("workspace_not_ours", "workspace", $"{home} is a file.", "Name a directory that does not exist yet.");
        if (Directory.Exists(home) && Directory.EnumerateFileSystemEntries(home).Select(entry => Path.GetFileName(entry)).FirstOrDefault(name => !RunRecord.IsOurs(name)) is { } other)
            throw new InvalidRequestException("workspace_not_ours", "workspace", $"{home} holds {other}, which is no part of a workspace.", "Name a directory that is empty or does not exist yet.");
    }
}

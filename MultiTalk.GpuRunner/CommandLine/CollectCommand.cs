using System.CommandLine;
using MultiTalk.GpuRunner.Execution;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary><c>collect</c>: the last step of a run, its verified video.</summary>
internal sealed class CollectCommand : Command
{
    private readonly Option<string> _workspace = WorkspaceOption.Create();
    private readonly Option<string?> _out = new("--out") { Description = "Where to put the video, such as talk.mp4; it stays in the workspace too." };

    public CollectCommand()
        : base("collect", $"Checks what the script of a workspace has written, and finishes the video. {ExitCode.Help}")
    {
        Options.Add(_workspace);
        Options.Add(_out);
        SetAction((parsed, cancellationToken) => Failures.ExplainAsync(() => RunAsync(parsed, cancellationToken)));
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var output = parsed.GetValue(_out) is { } target ? new OutputFile(target) : null;
        using var workspace = parsed.Open(_workspace);
        var record = RunRecord.Read(workspace);
        var ended = EndedRun.Read(workspace, record.Plan);
        var facts = await OutputCollector.CollectAsync(workspace, ended.Plan, ended.Log, VideoMarks.Of(record.Job, ended.Plan), cancellationToken);
        var video = Path.Combine(workspace.Home, OutputCollector.Video);
        output?.Publish(video);
        VideoLine.Print(parsed.GetValue(_out) ?? video, facts, record.Plan);
        return ExitCode.Success;
    }
}

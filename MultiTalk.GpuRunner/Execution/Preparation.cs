using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Media;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>Fills a workspace: the inputs under simple names, <c>input.json</c>, and beside the script's directory what the run is.</summary>
internal static class Preparation
{
    /// <summary>Fills it.</summary>
    /// <param name="workspace">A new workspace.</param>
    /// <param name="record">What it is made for.</param>
    /// <param name="fetch">Puts the normalised inputs in place.</param>
    /// <param name="command">What will be started.</param>
    /// <param name="cancellationToken">Stops fetching.</param>
    public static async Task FillAsync(Workspace workspace, RunRecord record, FetchInput fetch, ScriptCommand command, CancellationToken cancellationToken)
    {
        await FetchAsync(workspace, ColabLayout.Picture, fetch, cancellationToken);
        // A silent person has no file, and of a spoken text there are none.
        foreach (var (index, speaker) in record.Plan.Speakers.Index())
        {
            if (speaker.Samples is not { } samples)
                continue;
            var voice = ColabLayout.Voice(index + 1);
            await FetchAsync(workspace, voice, fetch, cancellationToken);
            WavFile.Fit(workspace.PathOf(voice), samples);
        }

        await File.WriteAllTextAsync(workspace.PathOf(ColabLayout.Input), InputJson.Write(record.Prompt, record.Plan), cancellationToken);
        record.Write(workspace);
        Rerun.Write(workspace, command);
    }

    private static Task FetchAsync(Workspace workspace, string name, FetchInput fetch, CancellationToken cancellationToken) =>
        fetch(name, workspace.PathOf(name), cancellationToken);
}

using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>A run of a workspace that has ended, read from what it left there.</summary>
/// <param name="Plan">What ran.</param>
/// <param name="Log">What the script said.</param>
internal sealed record EndedRun(GenerationPlan Plan, ScriptLog Log)
{
    /// <summary>Reads it.</summary>
    /// <exception cref="GenerationFailedException">It did not run, or failed, and why.</exception>
    public static EndedRun Read(Workspace workspace, GenerationPlan plan)
    {
        var nobody = new Unheard();
        var output = new ProgressReader(plan, nobody, nobody, TimeProvider.System);
        Replay(workspace, RunLogs.Output, output, error: false);
        Replay(workspace, RunLogs.Errors, output, error: true);
        if (RunRecord.ReadExitCode(workspace) is not { } exitCode)
        {
            throw new GenerationFailedException(new(
                "script_not_run", "The script did not run to its end here.", "It was never started in this workspace, or stopped on the way.", "Run it with the verb run.", output.Log.Lines));
        }

        return ScriptFailure.Find(exitCode, output.Log, plan) is { } error ? throw new GenerationFailedException(error) : new(SpokenVoice.Measure(workspace, plan) ?? plan, output.Log);
    }

    private static void Replay(Workspace workspace, string name, ProgressReader output, bool error)
    {
        var path = Path.Combine(workspace.Home, name);
        if (!File.Exists(path))
            return;
        using var stream = File.OpenRead(path);
        var buffer = new byte[64 * 1024];
        while (stream.Read(buffer) is > 0 and var read)
            output.Read(error, buffer.AsSpan(0, read));
        output.Read(error, []);
    }
}

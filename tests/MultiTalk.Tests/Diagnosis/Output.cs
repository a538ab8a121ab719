using System.Text;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Tests.Execution;

namespace MultiTalk.Tests.Diagnosis;

/// <summary>What a run wrote, as the diagnosis gets it.</summary>
internal static class Output
{
    /// <summary>A plan with a LoRA for the full model and 11e9 parameters on the card.</summary>
    public static GenerationPlan Plan { get; } = Plans.Of() with { Loras = [new("style.safetensors", 1)], PersistentParameters = 11_000_000_000 };

    /// <summary>The log of a run that wrote this to its two streams, stdout first.</summary>
    public static ScriptLog Log(string error, string output = "") =>
        Log([(false, Encoding.UTF8.GetBytes(output)), (true, Encoding.UTF8.GetBytes(error))]);

    /// <summary>The log of a recording, read by read.</summary>
    public static ScriptLog Log(Transcript transcript) => Log(transcript.Reads.Select(read => (read.Error, read.Bytes)));

    /// <summary>What a scenario is found to be.</summary>
    public static JobError? Find(FailureScenario scenario) => Find(scenario.ExitCode, Log(scenario.Error, scenario.Output));

    /// <summary>What a run is found to be; a negative exit code is a signal.</summary>
    public static JobError? Find(int exitCode, ScriptLog log, GenerationPlan? plan = null) =>
        ScriptFailure.Find(exitCode < 0 ? 128 - exitCode : exitCode, log, plan ?? Plan);

    private static ScriptLog Log(IEnumerable<(bool Error, byte[] Bytes)> reads)
    {
        var listener = new Listener();
        var reader = new ProgressReader(Plan, listener, listener, TimeProvider.System);
        foreach (var (error, bytes) in reads.Where(read => read.Bytes.Length > 0))
            reader.Read(error, bytes);
        reader.Read(error: false, []);
        reader.Read(error: true, []);
        return reader.Log;
    }
}

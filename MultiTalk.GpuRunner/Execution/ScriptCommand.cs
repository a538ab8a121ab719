using System.Collections;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>What starts the script of a plan: the interpreter of the runner, the arguments, the whole environment.</summary>
/// <param name="Program">The interpreter.</param>
/// <param name="Arguments">Its arguments: the script and its own.</param>
/// <param name="Environment">Every variable that the script sees, by name.</param>
public sealed record ScriptCommand(string Program, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>That of a plan.</summary>
    public static ScriptCommand Of(RunnerOptions options, GenerationPlan plan) => new(options.Python, ArgumentsOf(plan), ReadEnvironment());

    /// <summary>The arguments of the interpreter.</summary>
    public static IReadOnlyList<string> ArgumentsOf(GenerationPlan plan) => [.. Torchrun(plan), ColabLayout.Script, .. plan.Arguments];

    // The same interpreter as for one card, so that nobody else's torchrun is found on the PATH.
    private static IEnumerable<string> Torchrun(GenerationPlan plan) =>
        plan.Gpus == 1 ? [] : ["-m", "torch.distributed.run", .. plan.Launcher.Skip(1)];

    private static SortedDictionary<string, string> ReadEnvironment()
    {
        var changes = ChildEnvironment.Changes();
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
        {
            if (!changes.ContainsKey((string)variable.Key))
                all[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        foreach (var (name, value) in changes.Where(change => change.Value is not null))
            all[name] = value!;
        return all;
    }
}

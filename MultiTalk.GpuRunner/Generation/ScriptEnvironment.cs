using System.Collections.Frozen;

namespace MultiTalk.GpuRunner.Generation;

/// <summary>The variables that every script gets with the same value (docs/contract.md, "Environment").</summary>
public static class ScriptEnvironment
{
    /// <summary>Their names and values.</summary>
    public static FrozenDictionary<string, string> Fixed { get; } = new Dictionary<string, string>
    {
        ["LANG"] = "C.UTF-8",
        ["LC_ALL"] = "C.UTF-8",
        ["PYTHONUNBUFFERED"] = "1",
        // Nothing is fetched while a job runs; a missing model then fails at once instead of trying the hub.
        ["HF_HUB_OFFLINE"] = "1",
        ["TRANSFORMERS_OFFLINE"] = "1",
    }.ToFrozenDictionary();
}

using System.Collections;
using System.Collections.Frozen;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>
/// The environment of every program the runner starts: an allow-list, so that neither <c>PYTHONPATH</c> changes what is
/// imported, nor a token or a connection string of ours can be read by a child (docs/contract.md, "Environment").
/// </summary>
public static class ChildEnvironment
{
    private static readonly FrozenSet<string> _inherited = FrozenSet.Create(StringComparer.Ordinal,
        "PATH", "HOME", "USER", "TMPDIR", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "PYTORCH_CUDA_ALLOC_CONF",
        // Where a read-only or rootless container keeps its caches.
        "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR", "NUMBA_CACHE_DIR", "MPLCONFIGDIR");

    /// <summary>What a child gets, as changes to this process's environment: null removes a variable.</summary>
    public static IReadOnlyDictionary<string, string?> Changes()
    {
        var changes = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (variable.Key is string name && !_inherited.Contains(name))
                changes[name] = null;
        }

        // Fewer out-of-memory failures by fragmentation; an operator's own choice, inherited above, wins.
        if (Environment.GetEnvironmentVariable("PYTORCH_CUDA_ALLOC_CONF") is null)
            changes["PYTORCH_CUDA_ALLOC_CONF"] = "expandable_segments:True";
        foreach (var (name, value) in ScriptEnvironment.Fixed)
            changes[name] = value;
        return changes;
    }
}

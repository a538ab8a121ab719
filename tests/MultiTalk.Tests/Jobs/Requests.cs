using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Jobs;

internal static class Requests
{
    /// <summary>A runner on which everything works.</summary>
    public static RunnerAbilities Able { get; } = new()
    {
        Blockers = [],
        Gpu = new("NVIDIA A100-SXM4-80GB", 80, 1, 8.0, "550.54.15"),
        HostMemoryGb = 128,
        Models = [ModelSet.Bf16, ModelSet.Int8, ModelSet.Tts, ModelSet.Voice("af_heart")],
    };

    /// <summary>A request of 10 s for an engine.</summary>
    public static JobRequest For(string engine)
    {
        var plan = Planner.Plan(new("A prompt", new(640, 640), [new(new VoiceFacts(160_000))], new()), Engine.Preview);
        return new JobRequest("A prompt", new(), plan with { Engine = engine }, []);
    }

    /// <summary>A runner that can do anything.</summary>
    public static Runner Runner(string id, string engine) => new(id, "test", engine, "1", Able, default, Live: true);

    /// <summary>How it introduces itself.</summary>
    public static RegisterRequest Registration(string id, string engine) => new(id, "test", engine, "1", new([], [], Able));

    /// <summary>A script with a fault; the text that it replaces must be there, or the test would show nothing.</summary>
    public static string Replaced(string script, string right, string wrong)
    {
        Assert.Contains(right, script, StringComparison.Ordinal);
        return script.Replace(right, wrong, StringComparison.Ordinal);
    }

    /// <summary>By which a server knows a script.</summary>
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5350", Justification = "Redis names scripts so; nothing is kept safe by it.")]
    public static string Sha1(string script) => Convert.ToHexStringLower(System.Security.Cryptography.SHA1.HashData(System.Text.Encoding.UTF8.GetBytes(script)));
}

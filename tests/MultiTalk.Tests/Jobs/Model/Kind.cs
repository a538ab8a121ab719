using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Jobs.Model;

/// <summary>Jobs that the same runners can do.</summary>
/// <param name="Engine">What runs them.</param>
/// <param name="Large">Whether they need a large card.</param>
internal sealed record Kind(string Engine, bool Large)
{
    private static readonly RunnerAbilities _small = Requests.Able with { Gpu = new("NVIDIA GeForce RTX 4090", 24) };

    /// <summary>Small and large ones of one engine, and those of another.</summary>
    public static IReadOnlyList<Kind> All { get; } = [new("one", false), new("one", true), new("two", false)];

    /// <summary>One that does everything of the first engine, another, one with a small card, and one of the other engine.</summary>
    public static IReadOnlyList<Runner> Runners { get; } =
    [
        Requests.Runner(new('a', 32), "one"),
        Requests.Runner(new('b', 32), "one"),
        Requests.Runner(new('c', 32), "one") with { Abilities = _small },
        Requests.Runner(new('d', 32), "two"),
    ];

    /// <summary>What is asked for.</summary>
    public JobRequest Request { get; } = RequestOf(Engine, Large);

    /// <summary>Whether a runner can do them.</summary>
    public bool Suits(Runner runner) => runner.Engine == Engine && (!Large || runner.Abilities.Gpu!.MemoryGb > 24);

    private static JobRequest RequestOf(string engine, bool large)
    {
        var options = new GenerationOptions { Size = large ? 720 : 480 };
        var plan = Planner.Plan(new("A prompt", new(640, 640), [new(new VoiceFacts(160_000))], options), GpuRunner.Generation.Engine.MultiTalk);
        return new("A prompt", options, plan with { Engine = engine }, []);
    }
}

using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Tests.Execution;

internal static class Plans
{
    /// <summary>The plan of a voice, with some segments and steps set by hand.</summary>
    public static GenerationPlan Of(int segments = 1, int steps = 8, long samples = 51_840) =>
        Planner.Plan(new("A woman talks", new(640, 640), [new(new VoiceFacts(samples))], new() { Steps = steps, Seed = 1 }), Engine.Preview) with { Segments = segments };
}

using MultiTalk.GpuRunner.Generation;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Jobs;

internal static class Requests
{
    /// <summary>A request of 10 s for an engine.</summary>
    public static JobRequest For(string engine)
    {
        var plan = Planner.Plan(new("A prompt", new(640, 640), [new(160_000)], new()), Engine.Preview);
        return new JobRequest("A prompt", new(), plan with { Engine = engine }, []);
    }
}

using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Web.Jobs;

/// <summary>A job in the hands of a runner.</summary>
/// <param name="Holder">The attempt that holds it.</param>
/// <param name="Request">What was asked for.</param>
/// <param name="Plan">What this runner will do.</param>
/// <param name="TraceParent">W3C trace context of its submission.</param>
public sealed record ClaimedJob(Holder Holder, JobRequest Request, GenerationPlan Plan, string? TraceParent)
{
    /// <summary>The job's id.</summary>
    public string Id => Holder.Job;

    /// <summary>The attempt's number.</summary>
    public int Attempt => Holder.Attempt;
}

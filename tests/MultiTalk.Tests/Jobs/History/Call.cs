using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Jobs.History;

/// <summary>What was asked of the store.</summary>
internal enum Asked
{
    Claim,
    Heartbeat,
    Complete,
    Fail,
    Release,
    Cancel,
}

/// <summary>A call and its answer.</summary>
/// <param name="Asked">What was asked.</param>
/// <param name="Job">The job; null for a claim that got none.</param>
/// <param name="Holder">Who asked, or for a claim, who holds the job now; null for a cancel.</param>
/// <param name="Granted">Whether the store did it.</param>
/// <param name="Begun">When it was asked: no earlier did the store do it.</param>
/// <param name="Answered">When the answer was there: no later did the store do it.</param>
internal sealed record Call(Asked Asked, string? Job, Holder? Holder, bool Granted, long Begun, long Answered);

/// <summary>What many did to some jobs at once, and how these stand afterwards.</summary>
/// <param name="Accepted">The jobs that were accepted.</param>
/// <param name="Calls">What was asked and answered.</param>
/// <param name="Published">What was published, in order.</param>
/// <param name="Jobs">How the jobs stand.</param>
/// <param name="Kept">The events that are kept of each job.</param>
/// <param name="Faults">Exceptions; a script returns codes, never errors.</param>
internal sealed record JobHistory(
    IReadOnlyList<string> Accepted, IReadOnlyList<Call> Calls, IReadOnlyList<JobEvent> Published, IReadOnlyList<Job> Jobs,
    IReadOnlyDictionary<string, IReadOnlyList<JobEvent>> Kept, IReadOnlyList<string> Faults);

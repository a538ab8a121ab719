using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Faults;

/// <summary>What holds of every job at every moment, whoever shows it.</summary>
internal static class DocumentRules
{
    /// <summary>What does not hold, in sentences.</summary>
    public static IEnumerable<string> Check(JobDocument job)
    {
        var (attempts, ended) = (job.Attempts, job.State is JobState.Succeeded or JobState.Failed or JobState.Canceled);
        if (!attempts.Select(attempt => attempt.Number).SequenceEqual(Enumerable.Range(1, attempts.Count)))
            yield return $"its attempts are numbered {string.Join(", ", attempts.Select(attempt => attempt.Number))}.";
        foreach (var (earlier, later) in attempts.Zip(attempts.Skip(1)))
        {
            if (earlier.FinishedAt is not { } finished || finished > later.StartedAt)
                yield return $"attempt {later.Number} began at {later.StartedAt:O}, before attempt {earlier.Number} ended ({earlier.FinishedAt:O}): two held the job.";
        }

        var open = attempts.Count(attempt => attempt.Outcome is null);
        if (open != (job.State == JobState.Running ? 1 : 0))
            yield return $"it is {job.State} and has {open} open attempts.";
        if (ended != job.FinishedAt is not null)
            yield return $"it is {job.State}, and its end is {job.FinishedAt:O}.";
        if (job.State == JobState.Succeeded != job.Video is not null)
            yield return $"it is {job.State} {(job.Video is null ? "without" : "with")} a video.";
        var succeeded = attempts.Where(attempt => attempt.Outcome == "succeeded").Select(attempt => attempt.Number).ToList();
        if (!succeeded.SequenceEqual(job.State == JobState.Succeeded ? [attempts.Count] : []))
            yield return $"it is {job.State}, and its attempts {string.Join(", ", succeeded)} succeeded.";
        if (job.State == JobState.Failed != job.Error is not null)
            yield return $"it is {job.State} {(job.Error is null ? "without" : "with")} an error.";
    }
}

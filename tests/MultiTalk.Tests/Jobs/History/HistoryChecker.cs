using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Jobs.History;

/// <summary>
/// What must be true of every history, whatever happened in which order. A write that was granted proves that its attempt held
/// the job at some time between its question and its answer; a later claim, that no earlier attempt held it after that.
/// </summary>
internal static class HistoryChecker
{
    /// <summary>What is wrong, a sentence each; nothing if all is well.</summary>
    public static IReadOnlyList<string> Check(JobHistory history) =>
    [
        .. history.Faults,
        .. history.Accepted.Except(history.Jobs.Select(job => job.Id)).Select(id => $"{id} was accepted and is lost."),
        .. history.Jobs.SelectMany(job => Check(
            job, [.. history.Calls.Where(call => call.Job == job.Id)], [.. history.Published.Where(happened => happened.Job == job.Id)], history.Kept[job.Id])),
    ];

    private static IEnumerable<string> Check(Job job, List<Call> calls, List<JobEvent> events, IReadOnlyList<JobEvent> kept)
    {
        IEnumerable<string> wrong = [.. Ends(job, calls, events), .. Holds(calls), .. Events(job, events, kept)];
        return wrong.Select(sentence => $"{job.Id}: {sentence}");
    }

    // One terminal state; a result exactly if it succeeded, published once.
    private static IEnumerable<string> Ends(Job job, List<Call> calls, List<JobEvent> events)
    {
        var results = Granted(calls, Asked.Complete).Select(call => call.Holder!).Distinct().ToList();
        var cancels = Granted(calls, Asked.Cancel).Count();
        var failures = events.Count(happened => happened.Kind == JobEvent.Failed);
        if (results.Count > 1)
            yield return $"{results.Count} attempts published a result.";
        if (results.Count + cancels + failures != (job.Ended ? 1 : 0))
            yield return $"It is {job.State}, with {results.Count} results, {cancels} cancels and {failures} last failures.";
        if ((job.State == JobState.Succeeded) != (results.Count == 1) || (job.State == JobState.Canceled) != (cancels == 1))
            yield return $"It is {job.State}, with {results.Count} results and {cancels} cancels.";
        if ((job.Video is not null) != (job.State == JobState.Succeeded))
            yield return $"It is {job.State}, and its video is {job.Video}.";
        if (job.Video is not null && job.Video.Bytes != job.Attempt)
            yield return $"Attempt {job.Attempt} succeeded, and the video is that of attempt {job.Video.Bytes}.";
        if (job.Ended && job.Attempts.Any(attempt => attempt.Outcome is null))
            yield return "It ended, and one of its attempts did not.";
    }

    // One fenced holder at a time.
    private static IEnumerable<string> Holds(List<Call> calls)
    {
        var claims = Granted(calls, Asked.Claim).ToList();
        foreach (var twice in claims.GroupBy(claim => claim.Holder!.Attempt).Where(same => same.Count() > 1))
            yield return $"Attempt {twice.Key} was handed out {twice.Count()} times.";

        var writes = calls.Where(call => call is { Granted: true, Asked: not (Asked.Claim or Asked.Cancel) }).ToList();
        foreach (var write in writes)
        {
            if (claims.FirstOrDefault(claim => claim.Holder!.Attempt > write.Holder!.Attempt && claim.Answered < write.Begun) is { } later)
                yield return $"{write.Asked} of attempt {write.Holder!.Attempt} was granted after attempt {later.Holder!.Attempt} had the job.";
            // Only a completion may be repeated, by the attempt that won.
            if (calls.FirstOrDefault(call => call != write && Ended(call, write.Holder!) && call.Answered < write.Begun && !(call.Asked == Asked.Complete && write.Asked == Asked.Complete)) is { } end)
                yield return $"{write.Asked} of attempt {write.Holder!.Attempt} was granted after {end.Asked} had ended it.";
        }

        foreach (var ended in writes.Where(write => write.Asked is not Asked.Heartbeat).GroupBy(write => write.Holder))
        {
            if (ended.Count(write => write.Asked is not Asked.Complete) + (ended.Any(write => write.Asked is Asked.Complete) ? 1 : 0) > 1)
                yield return $"Attempt {ended.Key!.Attempt} ended more than once: {string.Join(", ", ended.Select(write => write.Asked))}.";
        }
    }

    // Numbered without a gap, kept as they were published, in an order that makes sense, and nothing after the last.
    private static IEnumerable<string> Events(Job job, List<JobEvent> events, IReadOnlyList<JobEvent> kept)
    {
        if (!events.Select(happened => happened.Sequence).SequenceEqual(Enumerable.Range(1, events.Count).Select(number => (long)number)))
            yield return $"Its events are numbered {string.Join(' ', events.Select(happened => happened.Sequence))}.";
        if (job.Sequence != events.Count || !events.Select(Told).TakeLast(kept.Count).SequenceEqual(kept.Select(Told)))
            yield return $"{job.Sequence} events are counted, {events.Count} were published, {kept.Count} are kept, and they differ.";
        var running = false;
        foreach (var happened in events)
        {
            if (happened.Kind is JobEvent.Claimed == running && happened.Kind is JobEvent.Claimed or JobEvent.Progress or JobEvent.Succeeded or JobEvent.Failed)
                yield return $"Event {happened.Sequence} is {happened.Kind}, and it {(running ? "ran" : "did not run")}.";
            running = happened.Kind is JobEvent.Claimed || (running && happened.Kind is JobEvent.Progress);
        }

        if (events.SkipLast(1).Any(happened => happened.IsLast) || events[^1].IsLast != job.Ended)
            yield return $"It is {job.State}, and its events are {string.Join(' ', events.Select(happened => happened.Kind))}.";
    }

    private static (long, string, int, string) Told(JobEvent happened) => (happened.Sequence, happened.Kind, happened.Attempt, happened.Data);

    private static bool Ended(Call call, Holder holder) => call.Granted
        && (call.Asked is Asked.Cancel || (call.Holder == holder && call.Asked is (Asked.Complete or Asked.Fail or Asked.Release)));

    private static IEnumerable<Call> Granted(List<Call> calls, Asked asked) => calls.Where(call => call.Granted && call.Asked == asked);
}

using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Faults;

/// <summary>
/// Holds everything that was ever seen of some jobs against what the queue promises: one terminal state a job and nothing after
/// it, one holder at a time, a history that only grows, the same story for everybody, and events without a gap. It knows no
/// store, only what observers were told.
/// </summary>
internal sealed class HistoryChecker
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _violations = [];
    private readonly Dictionary<string, SortedDictionary<long, Sighting>> _stories = [];
    private readonly Dictionary<(string Job, string Observer), Sighting> _last = [];
    private readonly Dictionary<(string Job, int Attempt), JobAttempt> _attempts = [];
    private readonly Dictionary<string, JobDocument> _ends = [];

    /// <summary>How many events were seen.</summary>
    public int Events { get; private set; }

    /// <summary>How many of them were snapshots in place of events that were missed.</summary>
    public int Snapshots { get; private set; }

    /// <summary>What was broken, in sentences.</summary>
    public IReadOnlyCollection<string> Violations
    {
        get
        {
            lock (_gate)
                return [.. _violations, .. _stories.Values.SelectMany(Breaks)];
        }
    }

    /// <summary>An event that an observer received.</summary>
    /// <param name="observer">Who; one observer's events come in order, over all its connections.</param>
    /// <param name="seen">What it said.</param>
    public void Event(string observer, Sighting seen)
    {
        lock (_gate)
        {
            Events++;
            if (_last.TryGetValue((seen.Job, observer), out var last))
                Compare(last, seen);
            _last[(seen.Job, observer)] = seen;
            if (seen.Number == 0)
                Violated(seen.Job, $"an event ({seen.Kind}) has no sequence number.");

            if (!_stories.TryGetValue(seen.Job, out var story))
                _stories[seen.Job] = story = [];
            if (story.TryGetValue(seen.Number, out var other) && other.Truth != seen.Truth)
                Violated(seen.Job, $"event {seen.Number} was {other.Truth} for one and {seen.Truth} for another.");
            story[seen.Number] = seen;
            if (seen.Document is { } job)
                Look(job);
        }
    }

    /// <summary>A job as a poll showed it.</summary>
    public void Poll(JobDocument job)
    {
        lock (_gate)
            Look(job);
    }

    /// <summary>Fails with every violation, if there is one.</summary>
    public void AssertSound() => Assert.True(Violations.Count == 0, string.Join('\n', Violations));

    private void Compare(Sighting last, Sighting seen)
    {
        if (last.Ended)
            Violated(seen.Job, $"event {seen.Number} ({seen.Kind}) came after the end.");
        if (seen.Kind == Sighting.Snapshot)
            Snapshots++;
        if (seen.Kind == Sighting.Snapshot ? seen.Number < last.Number : seen.Number != last.Number + 1)
            Violated(seen.Job, $"event {seen.Number} ({seen.Kind}) came after event {last.Number}.");
    }

    private void Look(JobDocument job)
    {
        foreach (var wrong in DocumentRules.Check(job))
            Violated(job.Id, wrong);
        foreach (var attempt in job.Attempts)
        {
            if (_attempts.TryGetValue((job.Id, attempt.Number), out var known) && !Agree(known, attempt))
                Violated(job.Id, $"attempt {attempt.Number} was {Say(known)} and became {Say(attempt)}.");
            if (known?.Outcome is null)
                _attempts[(job.Id, attempt.Number)] = attempt;
        }

        if (job.FinishedAt is null)
            return;
        if (_ends.TryGetValue(job.Id, out var end) && (end.State, end.FinishedAt, end.Video) != (job.State, job.FinishedAt, job.Video))
            Violated(job.Id, $"it ended twice, as {end.State} at {end.FinishedAt:O} and as {job.State} at {job.FinishedAt:O}.");
        _ends[job.Id] = job;
    }

    // Observers are not in step: an older view of an attempt is one without its end.
    private static bool Agree(JobAttempt one, JobAttempt other) =>
        (one.Runner, one.StartedAt) == (other.Runner, other.StartedAt)
        && (one.Outcome is null || other.Outcome is null || (one.Outcome, one.FinishedAt) == (other.Outcome, other.FinishedAt));

    private static IEnumerable<string> Breaks(SortedDictionary<long, Sighting> story) =>
        from pair in story.Values.Zip(story.Values.Skip(1))
        where pair.Second.Number == pair.First.Number + 1 ? !pair.Second.MayFollow(pair.First) : pair.First.Ended || pair.Second.Attempt < pair.First.Attempt
        select $"{pair.First.Job}: {pair.First.Number} {pair.First.Truth} was followed by {pair.Second.Number} {pair.Second.Truth}.";

    private static string Say(JobAttempt attempt) => $"{attempt.Outcome ?? "open"} ({attempt.Runner}, {attempt.StartedAt:O} to {attempt.FinishedAt:O})";

    private void Violated(string job, string what) => _violations.Add($"{job}: {what}");
}

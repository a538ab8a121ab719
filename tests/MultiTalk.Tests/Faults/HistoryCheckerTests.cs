using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Faults;

/// <summary>The checker is believed because it notices what it is there for.</summary>
public sealed class HistoryCheckerTests
{
    private static readonly DateTimeOffset _end = DateTimeOffset.UnixEpoch;

    private readonly HistoryChecker _history = new();

    [Fact]
    public void A_job_that_is_lost_once_and_then_succeeds_is_sound_for_whoever_watches_and_reconnects()
    {
        Tell("a", Queued(1, 0), Running(2, 1), Running(3, 1), Queued(4, 1), Running(5, 2), Succeeded(6, 2));
        Tell("b", Running(3, 1) with { Kind = Sighting.Snapshot }, Queued(4, 1), Running(5, 2), Succeeded(6, 2));

        Assert.Empty(_history.Violations);
    }

    [Fact]
    public void An_event_that_is_missing_or_comes_twice_is_noticed()
    {
        Tell("a", Queued(1, 0), Running(3, 1));
        Tell("b", Queued(1, 0), Queued(1, 0));

        Assert.Equal(2, _history.Violations.Count(violation => violation.Contains("came after event 1", StringComparison.Ordinal)));
    }

    [Fact]
    public void Anything_after_the_end_is_noticed()
    {
        Tell("a", Running(2, 1), Succeeded(3, 1), Succeeded(4, 1));

        Assert.Contains(_history.Violations, violation => violation.Contains("came after the end", StringComparison.Ordinal));
    }

    [Fact]
    public void A_second_end_is_noticed_even_if_nobody_saw_both()
    {
        Tell("a", Succeeded(3, 1));
        Tell("b", Running(4, 1), Succeeded(5, 1));

        Assert.NotEmpty(_history.Violations);
    }

    [Fact]
    public void Two_who_are_told_different_stories_are_noticed()
    {
        Tell("a", Running(2, 1));
        Tell("b", Queued(2, 1));

        Assert.Contains(_history.Violations, violation => violation.Contains("for another", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public void A_zombie_that_reports_or_publishes_after_another_has_claimed_is_noticed(int holder, int other)
    {
        Tell("a", Running(2, holder), Running(3, other));

        Assert.Contains(_history.Violations, violation => violation.Contains("was followed by", StringComparison.Ordinal));
    }

    [Fact]
    public void A_result_of_an_attempt_that_does_not_hold_the_job_is_noticed()
    {
        Tell("a", Queued(4, 1), Running(5, 2), Succeeded(6, 1));

        Assert.Contains(_history.Violations, violation => violation.Contains("was followed by", StringComparison.Ordinal));
    }

    [Fact]
    public void An_event_without_a_number_is_noticed()
    {
        Tell("a", Queued(0, 0));

        Assert.Contains(_history.Violations, violation => violation.Contains("no sequence number", StringComparison.Ordinal));
    }

    private void Tell(string observer, params Sighting[] events)
    {
        foreach (var seen in events)
            _history.Event(observer, seen);
    }

    private static Sighting Queued(long number, int attempt) => new("job", number, "queued", JobState.Queued, attempt, null, null);

    private static Sighting Running(long number, int attempt) => new("job", number, "progress", JobState.Running, attempt, null, null);

    private static Sighting Succeeded(long number, int attempt) => new("job", number, "succeeded", JobState.Succeeded, attempt, _end, "hash");
}

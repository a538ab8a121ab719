using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Jobs.Model;

/// <summary>Everything that the store can be asked, compared with the model.</summary>
internal sealed partial class ModelRun
{
    private async Task LookAsync()
    {
        foreach (var job in _model.Jobs)
            await LookAsync(job);
        foreach (var holder in _holders)
            Same($"{Name(holder)} holds", _model.Held(holder) is not null, await _store.HoldsAsync(holder));
        Same("An unknown job", null, await _store.FindAsync(IdOf(_ids + 1)));

        var counts = await _store.CountsAsync();
        foreach (var state in Enum.GetValues<JobState>())
            Same($"Count of {state}", _model.Jobs.Count(job => job.State == state), counts[state]);

        JobFilter[] filters =
        [
            new(), new(Engine: "one"), .. _owners.Select(owner => new JobFilter(owner)), .. Enum.GetValues<JobState>().Select(state => new JobFilter(State: state)),
            new(_owners[0], JobState.Queued), new(_owners[1], JobState.Running, "two"), new(_owners[2], null, "one"), new(null, JobState.Canceled, "one"),
            new(Shared: true), new(_owners[1], Shared: true), new(State: JobState.Queued, Shared: true),
        ];
        foreach (var filter in filters)
            await ListAsync(filter);
    }

    private async Task LookAsync(ModelJob expected)
    {
        var (name, job) = (Name(expected.Id), await _store.FindAsync(expected.Id));
        Assert.NotNull(job);
        Same($"{name}", (expected.State, expected.Owner, expected.Priority, expected.Attempts.Count, expected.Runner, expected.Ended, expected.Shared, (long)expected.Events.Count),
            (job.State, job.Owner, job.Priority, job.Attempt, job.Runner, job.Ended, job.Shared, job.Sequence));
        Same($"{name}: how far, video, error", (expected.Progress, expected.Video, expected.HasError), (job.Progress, job.Video, job.Error is not null));
        Same($"{name}: times", (true, expected.Attempts.Count > 0, expected.Ended), (job.CreatedAt > default(DateTimeOffset), job.StartedAt is not null, job.FinishedAt is not null));
        Same($"{name}: attempts", string.Join(", ", expected.Attempts), string.Join(", ", job.Attempts.Select(attempt => (attempt.Runner, attempt.Outcome, attempt.Error is not null))));

        var place = _model.Queue(expected.Kind.Engine).ToList().IndexOf(expected);
        Same($"{name}: position", place < 0 ? null : place + 1, await _store.PositionAsync(expected.Id));

        var after = expected.Events.Count / 2;
        var events = await _store.EventsAsync(expected.Id, after);
        Same($"{name}: events after {after}", string.Join(", ", expected.Events.Skip(after)),
            string.Join(", ", events!.Select(happened => $"{happened.Kind} {happened.Attempt}{(happened.Data == "null" ? "" : " +")}")));
        Same($"{name}: numbers of events", string.Join(' ', Enumerable.Range(after + 1, expected.Events.Count - after)), string.Join(' ', events!.Select(happened => happened.Sequence)));
        Same($"{name}: last event is last", expected.Ended, (events is [.., var last] ? last : (await _store.EventsAsync(expected.Id, 0))![^1]).IsLast);
    }

    private async Task ListAsync(JobFilter filter)
    {
        const int Page = 3;
        var listed = new List<string>();
        IReadOnlyList<Job> page;
        do
        {
            page = await _store.ListAsync(filter, listed.LastOrDefault(), Page);
            listed.AddRange(page.Select(job => job.Id));
        }
        while (page.Count == Page);

        var expected = _model.Jobs
            .Where(job => (filter.Owner ?? job.Owner) == job.Owner && (job.Shared || !filter.Shared) && (filter.State ?? job.State) == job.State && (filter.Engine ?? job.Kind.Engine) == job.Kind.Engine)
            .Select(job => job.Id).OrderDescending(StringComparer.Ordinal);
        Same($"List of {filter}", string.Join(' ', expected.Select(Name)), string.Join(' ', listed.Select(Name)));
    }
}

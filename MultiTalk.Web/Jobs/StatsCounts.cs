namespace MultiTalk.Web.Jobs;

/// <summary>What <c>attempts.lua</c> and <c>ends.lua</c> counted in some time, added up.</summary>
internal sealed class StatsCounts
{
    private readonly Dictionary<(string Engine, string What), long> _ends = [];
    private readonly Dictionary<(string Engine, string What), JobTimes> _times = [];
    private readonly Dictionary<string, long> _failures = [];
    private readonly Dictionary<string, long> _gpuSeconds = [];

    /// <summary>Adds a field: <c>{engine} {state}</c>, <c>{engine} wait {range}</c>, <c>{engine} run {range}</c>, <c>code {code}</c> or <c>gpu {owner}</c>.</summary>
    public void Add(string field, long count)
    {
        switch (field.Split(' ', 3))
        {
            case ["gpu", var owner]:
                Increase(_gpuSeconds, Uri.UnescapeDataString(owner), count);
                break;
            case ["code", .. var code]:
                Increase(_failures, string.Join(' ', code), count);
                break;
            case [var engine, var what, var range]:
                if (!_times.TryGetValue((engine, what), out var times))
                    _times[(engine, what)] = times = new();
                times.Add(range, count);
                break;
            case [var engine, var state]:
                Increase(_ends, (engine, state), count);
                break;
            default:
                // Of another version.
                break;
        }
    }

    /// <summary>The statistics, with how things stand.</summary>
    public JobStats With(
        DateTimeOffset since, DateTimeOffset at, Dictionary<string, (long Queued, double OldestSeconds)> waiting, Dictionary<string, int> running,
        IReadOnlyDictionary<RunnerState, int> runners)
    {
        var names = waiting.Keys.Concat(running.Keys).Concat(_ends.Keys.Select(key => key.Engine)).Distinct().Order(StringComparer.Ordinal);
        return new(
            since, at, [.. names.Select(engine => Of(engine, (at - since).TotalHours, waiting, running.GetValueOrDefault(engine)))],
            _failures, _gpuSeconds.ToDictionary(entry => entry.Key, entry => Math.Round(entry.Value / 3600d, 4)), runners);
    }

    private EngineStats Of(string engine, double hours, Dictionary<string, (long Queued, double OldestSeconds)> waiting, int running)
    {
        var (succeeded, failed) = (Ended(JobState.Succeeded), Ended(JobState.Failed));
        var (queued, oldest) = waiting.GetValueOrDefault(engine);
        return new(
            engine, queued, running, queued > 0 ? oldest : null, succeeded, failed, Ended(JobState.Canceled), Math.Round(succeeded / hours, 2),
            succeeded + failed > 0 ? Math.Round((double)succeeded / (succeeded + failed), 4) : null,
            _times.GetValueOrDefault((engine, "wait"))?.Summary, _times.GetValueOrDefault((engine, "run"))?.Summary);

        long Ended(JobState state) => _ends.GetValueOrDefault((engine, JobHash.Name(state)));
    }

    private static void Increase<TKey>(Dictionary<TKey, long> counts, TKey key, long by)
        where TKey : notnull => counts[key] = counts.GetValueOrDefault(key) + by;
}

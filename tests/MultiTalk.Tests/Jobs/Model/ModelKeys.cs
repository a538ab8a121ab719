using System.Text.Json;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Tests.Jobs.Model;

/// <summary>
/// Everything that lies on Redis, a line a key, as the model says and as it is. What only the scripts understand (scores, the
/// clock) and the plan, which is kept where it changed, are left out, times and long values are a <c>*</c>; the order of queues and lists counts.
/// </summary>
internal static class ModelKeys
{
    private const string Prefix = "{mt}:";

    private const string Everything = """
        local found = {}
        for _, key in ipairs(redis.call('KEYS', '*')) do
          local kind = redis.call('TYPE', key).ok
          local values = kind == 'hash' and redis.call('HGETALL', key) or kind == 'zset' and redis.call('ZRANGE', key, 0, -1)
            or kind == 'set' and redis.call('SMEMBERS', key) or kind == 'list' and redis.call('LRANGE', key, 0, -1) or kind == 'stream' and redis.call('XRANGE', key, '-', '+') or {redis.call('GET', key)}
          for at, value in ipairs(values) do
            if kind == 'stream' then values[at] = value[2][2] .. ' ' .. value[2][4] end
            if #value > 300 then values[at] = '*' end
          end
          found[#found + 1] = {key, kind, values}
        end
        return found
        """;

    // By when, or in no order.
    private static readonly HashSet<string> _unordered = ["leases", "ended", "runners"];

    /// <summary>As it is.</summary>
    public static async Task<IReadOnlyList<string>> OnRedisAsync(IDatabase redis)
    {
        var found = (RedisResult[])(await redis.ScriptEvaluateAsync(Everything))!;
        return [.. found.Select(entry => Line(((string)entry[0]!)[Prefix.Length..], (string)entry[1]!, (string[])entry[2]!)).OfType<string>().Order(StringComparer.Ordinal)];
    }

    /// <summary>As it should be.</summary>
    /// <param name="model">The model.</param>
    /// <param name="classes">The names of the kinds' classes.</param>
    public static IReadOnlyList<string> Of(JobModel model, IReadOnlyDictionary<Kind, string> classes)
    {
        var lines = new List<string>();
        Add("jobs", model.Jobs.Select(job => job.Id).Order(StringComparer.Ordinal));
        Add("leases", Ids(job => job.State == JobState.Running));
        Add("ended", Ids(job => job.Ended));
        Add("shared", Ids(job => job.Shared));
        foreach (var owner in model.Jobs.Select(job => job.Owner).Distinct())
            Add("jobs-of:" + owner, Ids(job => job.Owner == owner));
        foreach (var state in new[] { JobState.Succeeded, JobState.Failed, JobState.Canceled })
            Add("state:" + state.ToString().ToLowerInvariant(), Ids(job => job.State == state));
        foreach (var (kind, name) in classes)
            Add("queue:" + name, model.Queue(kind.Engine).Where(job => job.Kind == kind).Select(job => $"{job.Id} {Uri.EscapeDataString(job.Owner)}"));
        Add("classes", model.Queued.Select(kind => classes[kind]).Order(StringComparer.Ordinal));
        foreach (var (engine, owner) in model.Jobs.Select(job => (job.Kind.Engine, job.Owner)).Distinct())
            Add($"turns:{engine}:{owner}", model.Queue(engine).Where(job => job.Owner == owner).Select(job => $"{job.Id} {classes[job.Kind]}"));
        foreach (var runner in model.Claims.GroupBy(claim => claim.Runner))
            Add($"runner:{runner.Key}:claims", runner.Select(claim => $"{claim.Job} {claim.Attempt}").Order(StringComparer.Ordinal));
        foreach (var runner in model.Registered.Keys)
            Add("runner:" + runner, Fields(model, runner));
        Add("runners", model.Seen.Order(StringComparer.Ordinal));
        foreach (var ((owner, key), (job, hash)) in model.Keys)
            Add(((string)Keys.Idempotency(owner, key)!)[Prefix.Length..], ["job=" + job, "request=" + hash]);
        foreach (var owner in model.Used)
            Add("usage:" + owner, ["gpuSeconds=*"]);
        Add("outbox", OfEachJob(model.Outbox));
        Add("paused", model.Paused ? ["*"] : []);
        Add("swept", model.Swept ? ["*"] : []);
        foreach (var job in model.Jobs)
        {
            Add("job:" + job.Id, Fields(job, classes).Order(StringComparer.Ordinal));
            Add($"job:{job.Id}:events", job.Events.Select((happened, index) => $"{index + 1} {happened}"));
            Add($"job:{job.Id}:log", job.Log);
        }

        return [.. lines.Order(StringComparer.Ordinal)];

        void Add(string key, IEnumerable<string> values)
        {
            if (values.Any())
                lines.Add($"{key}: {string.Join(" | ", values)}");
        }

        IEnumerable<string> Ids(Func<ModelJob, bool> which) => model.Jobs.Where(which).Select(job => job.Id).Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Fields(JobModel model, string runner)
    {
        if (model.Draining.TryGetValue(runner, out var drain))
            yield return "drain=" + drain.ToString().ToLowerInvariant();
        yield return model.Registered[runner] ? "left=1" : "left=0";
    }

    private static List<string> Fields(ModelJob job, IReadOnlyDictionary<Kind, string> classes)
    {
        List<string> fields =
        [
            "state=" + job.State.ToString().ToLowerInvariant(), "class=" + classes[job.Kind], $"priority={job.Priority}", $"attempt={job.Attempts.Count}",
            $"failures={job.Failures}", "createdAt=*", "owner=" + job.Owner, "request=*", $"sequence={job.Events.Count}",
        ];
        if (job.Attempts.Count > 0)
            fields.AddRange(["startedAt=*", "parity=*"]);
        if (job.Runner is not null)
            fields.Add("runner=" + job.Runner);
        if (job.Progress is not null)
            fields.Add("progress=" + JsonSerializer.Serialize(job.Progress, ContractsJson.Default.GenerationProgress));
        if (job.HasError)
            fields.Add("error=*");
        if (job.Video is not null)
            fields.Add("video=*");
        if (job.Shared)
            fields.Add("shared=1");
        if (job.Hooked)
            fields.Add("hooks=null");
        if (job.Ended)
            fields.Add("finishedAt=*");
        foreach (var (index, (runner, outcome, error)) in job.Attempts.Index())
        {
            var prefix = $"attempt:{index + 1}:";
            fields.AddRange([$"{prefix}runner={runner}", $"{prefix}startedAt=*"]);
            if (outcome is not null)
                fields.AddRange([$"{prefix}outcome={outcome}", $"{prefix}finishedAt=*"]);
            if (error)
                fields.Add($"{prefix}error=*");
        }

        return fields;
    }

    private static string? Line(string key, string type, string[] values)
    {
        // A day of an owner's usage, whatever day it is.
        if (key.StartsWith("usage:", StringComparison.Ordinal))
            key = key[..key.LastIndexOf(':')];
        IEnumerable<string> shown = (key.Split(':'), type) switch
        {
            // Statistics: StatsTests look at them.
            (["clock", _] or ["counts", ..], _) => [],
            (["usage", _], "hash") => Pairs(values, _ => true),
            (["runner", _], "hash") => Pairs(values).Where(pair => pair.StartsWith("left=", StringComparison.Ordinal) || pair.StartsWith("drain=", StringComparison.Ordinal)),
            (["job", _], "hash") => Pairs(values, IsLong).Where(pair => !pair.StartsWith("score=", StringComparison.Ordinal) && pair != "plan=*"),
            (_, "hash") => Pairs(values),
            (["job", _, "events"], "list") => values.Select(Event),
            (_, "string") => ["*"],
            (["outbox"], _) => OfEachJob(values),
            _ when type == "set" || _unordered.Contains(key) => values.Order(StringComparer.Ordinal),
            _ => values,
        };
        return shown.Any() ? $"{key}: {string.Join(" | ", shown)}" : null;
    }

    // A runner that is lost ends several jobs at once, in no order.
    private static IEnumerable<string> OfEachJob(IEnumerable<string> happened) => happened.OrderBy(entry => entry.Split(' ')[0], StringComparer.Ordinal);

    private static IEnumerable<string> Pairs(string[] values, Func<string, bool>? hidden = null) =>
        values.Chunk(2).Select(pair => $"{pair[0]}={(hidden?.Invoke(pair[0]) == true ? "*" : pair[1])}").Order(StringComparer.Ordinal);

    private static bool IsLong(string field) =>
        field is "request" or "plan" or "parity" or "video" || field.EndsWith("At", StringComparison.Ordinal) || field.EndsWith("error", StringComparison.Ordinal);

    private static string Event(string text)
    {
        var parts = text.Split(' ', 5);
        return $"{parts[0]} {parts[2]} {parts[3]}{(parts[4] == "null" ? "" : " +")}";
    }
}

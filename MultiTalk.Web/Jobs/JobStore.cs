using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

/// <summary>
/// The jobs on Redis. Every transition is one Lua script; what a runner writes carries its <see cref="Holder"/>, and a
/// method that returns false says that it does not hold the job any more.
/// </summary>
public sealed partial class JobStore(RedisConnection redis, Scripts scripts, IOptions<JobsOptions> options)
{
    private const int ListPage = 100;
    private const int IdLength = 32;

    /// <summary>A new job's id. Ids rise, so that lists need no other order.</summary>
    public static string NewId() => RisingId.New();

    /// <summary>A job was sent to Redis. Whatever is sent after it finds it queued, unless it was refused.</summary>
    internal event Action<JobPlace, JobRequest>? Submitting;

    /// <summary>Accepts a job, once for each idempotency key. Once this returns, the job is never lost.</summary>
    public async Task<Submission> SubmitAsync(NewJob job)
    {
        var place = new JobPlace(job.Id, job.Owner, JobClass.Of(job.Request.Plan));
        var submitting = scripts.Submit.RunAsync(
            redis.Database,
            place.KeysWith([Keys.Jobs, Keys.JobsOf(job.Owner), .. job.Key is { } key ? [Keys.Idempotency(job.Owner, key.Key)] : Array.Empty<RedisKey>()]),
            place.ArgumentsWith(
            [
                job.Priority, job.Key?.RequestHash ?? "", Milliseconds(options.Value.IdempotencyKeys), job.MostQueued,
                "owner", job.Owner,
                "request", JsonSerializer.SerializeToUtf8Bytes(job.Request, JobsJson.Default.JobRequest),
                .. job.TraceParent is { } trace ? ["traceParent", trace] : Array.Empty<RedisValue>(),
                .. job.Hooks is { } hooks ? ["hooks", hooks] : Array.Empty<RedisValue>(),
                .. job.RetryOf is { } retried ? ["retryOf", retried] : Array.Empty<RedisValue>(),
            ]));
        Submitting?.Invoke(place, job.Request);
        var result = (RedisResult[])(await submitting)!;
        _heads.Forget();
        var outcome = (int)result[0] switch { 1 => SubmissionOutcome.Accepted, 0 => SubmissionOutcome.Repeated, -1 => SubmissionOutcome.Conflict, _ => SubmissionOutcome.TooMany };
        return new(outcome, (string)result[1]!);
    }

    /// <summary>What an idempotency key made before; null if nothing. Saves the work of a repeated submission.</summary>
    public async Task<Submission?> FindSubmissionAsync(string owner, IdempotencyKey key)
    {
        var known = await redis.Database.HashGetAsync(Keys.Idempotency(owner, key.Key), ["job", "request"]);
        return known[0].IsNull ? null : new(known[1] == key.RequestHash ? SubmissionOutcome.Repeated : SubmissionOutcome.Conflict, (string)known[0]!);
    }

    /// <summary>A job; null if there is none.</summary>
    public async Task<Job?> FindAsync(string id) => JobHash.Read(id, await redis.Database.HashGetAllAsync(Keys.Job(id)));

    /// <summary>The number of the last thing that happened to a job; 0 if there is none.</summary>
    public async Task<long> SequenceAsync(string id) => (long)await redis.Database.HashGetAsync(Keys.Job(id), "sequence");

    /// <summary>A page of jobs, newest first.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="before">The last id of the page before; null for the first page.</param>
    /// <param name="limit">Most jobs a page.</param>
    public async Task<IReadOnlyList<Job>> ListAsync(JobFilter filter, string? before, int limit)
    {
        var page = Math.Max(limit, ListPage);
        List<Job> found = [];
        while (found.Count < limit)
        {
            var ids = await IdsAsync(filter, before, page);
            // Without anything to be looked at first, no more are read than fit.
            IReadOnlyList<string> wanted = filter.TakesAll ? [.. ids.Take(limit - found.Count)] : ids;
            foreach (var id in await ThoseAsync(wanted, filter))
            {
                if (await ListedAsync(id) is { } job)
                    found.Add(job);
                if (found.Count == limit)
                    return found;
            }

            if (ids.Count < page && wanted.Count == ids.Count)
                break;
            before = wanted[^1];
        }

        return found;
    }

    /// <summary>The last lines of a job's output.</summary>
    public async Task<IReadOnlyList<string>> LogAsync(string id) =>
        (await redis.Database.ListRangeAsync(Keys.JobLog(id))).ToStringArray()!;

    /// <summary>What happened to a job after an event, oldest first; null if that is no longer known, or not known yet.</summary>
    public async Task<IReadOnlyList<JobEvent>?> EventsAsync(string id, long after)
    {
        var events = (await redis.Database.ListRangeAsync(Keys.JobEvents(id))).Select(entry => JobEvent.Kept(id, (string)entry!)).ToList();
        return events.Count > 0 && events[0].Sequence <= after + 1 && after <= events[^1].Sequence ? [.. events.Where(entry => entry.Sequence > after)] : null;
    }

    // One that cannot be read must not keep the others from being listed.
    private async Task<Job?> ListedAsync(string id)
    {
        try
        {
            return await FindAsync(id);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    // The ids of jobs among which are all that a filter asks for, newest first. What waits or runs is listed nowhere else than where it does.
    private async Task<IReadOnlyList<string>> IdsAsync(JobFilter filter, string? before, int most)
    {
        if (before is null || string.CompareOrdinal(filter.End, before) < 0)
            before = filter.End ?? before;
        if (filter is { Owner: null, Shared: false, State: JobState.Queued or JobState.Running })
        {
            var all = filter.State == JobState.Running ? await redis.Database.SortedSetRangeByRankAsync(Keys.Leases) : await QueuedAsync();
            return [.. all.Select(entry => ((string)entry!)[..IdLength]).Where(id => (before is null || string.CompareOrdinal(id, before) < 0) && string.CompareOrdinal(id, filter.First) >= 0).OrderDescending(StringComparer.Ordinal).Take(most)];
        }

        RedisKey index = filter switch { { Shared: true } => Keys.Shared, { Owner: { } owner } => Keys.JobsOf(owner), { State: { } state } => Keys.State(state), _ => Keys.Jobs };
        var ids = await redis.Database.SortedSetRangeByValueAsync(index, filter.First ?? RedisValue.Null, before ?? RedisValue.Null, exclude: Exclude.Stop, order: Order.Descending, take: most);
        return ids.ToStringArray()!;
    }

    private async Task<IEnumerable<RedisValue>> QueuedAsync()
    {
        var queues = await QueuesAsync(queue => redis.Database.SortedSetRangeByRankAsync(queue));
        return queues.SelectMany(queue => queue);
    }

    private async Task<T[]> QueuesAsync<T>(Func<RedisKey, Task<T>> ask) =>
        await Task.WhenAll((await redis.Database.SetMembersAsync(Keys.Classes)).Select(name => ask(Keys.Queue((string)name!))));

    // Those jobs that a filter asks for, by the fields that it looks at.
    private async Task<IReadOnlyList<string>> ThoseAsync(IReadOnlyList<string> ids, JobFilter filter)
    {
        var those = await Task.WhenAll(ids.Select(async id =>
        {
            if (filter.TakesAll)
                return id;
            var fields = await redis.Database.HashGetAsync(Keys.Job(id), ["state", "class", "owner", "retryOf"]);
            var matches = !fields[0].IsNull
                && (filter.State is not { } state || fields[0] == JobHash.Name(state))
                && (filter.Engine is not { } engine || JobClass.TryNamed((string)fields[1]!)?.Engine == engine)
                && (filter.Owner is not { } owner || fields[2] == owner)
                && (filter.RetryOf is not { } retried || fields[3] == retried);
            return matches ? id : null;
        }));
        return [.. those.OfType<string>()];
    }

    private async Task<JobPlace?> PlaceAsync(string id)
    {
        var fields = await redis.Database.HashGetAsync(Keys.Job(id), ["owner", "class"]);
        return fields.Any(field => field.IsNull) || JobClass.TryNamed((string)fields[1]!) is not { } kind ? null : new(id, (string)fields[0]!, kind);
    }

    // Redis' own clock: the hosts' clocks need not agree.
    private async Task<long> NowAsync()
    {
        var time = (RedisResult[])(await redis.Database.ExecuteAsync("TIME"))!;
        return (long.Parse((string)time[0]!, CultureInfo.InvariantCulture) * 1000) + (long.Parse((string)time[1]!, CultureInfo.InvariantCulture) / 1000);
    }

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
}

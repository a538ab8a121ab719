using System.Text.Json;
using Microsoft.Extensions.Options;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

/// <summary>
/// The jobs on Redis. Every transition is one Lua script; what a runner writes carries its attempt's number, and a
/// method that returns false says that the number is stale.
/// </summary>
public sealed partial class JobStore(RedisConnection redis, IOptions<JobsOptions> options)
{
    private const int ClaimPage = 50;

    /// <summary>A new job's id. Ids rise with time (UUID version 7, RFC 9562), so that lists need no other order.</summary>
    public static string NewId() => Guid.CreateVersion7().ToString("n");

    /// <summary>Accepts a job. Once this returns, the job is never lost.</summary>
    public Task SubmitAsync(string id, string owner, JobRequest request, string? traceParent)
    {
        var engine = request.Plan.Engine;
        RedisValue[] arguments =
        [
            id, engine,
            "owner", owner,
            "request", JsonSerializer.Serialize(request, JobsJson.Default.JobRequest),
            .. traceParent is null ? Array.Empty<RedisValue>() : ["traceParent", traceParent],
        ];
        return Script.Submit.RunAsync(redis.Database, [Keys.Job(id), Keys.Queue(engine), Keys.Jobs, Keys.JobsOf(owner)], arguments);
    }

    /// <summary>A job; null if there is none.</summary>
    public async Task<Job?> FindAsync(string id) => JobHash.Read(id, await redis.Database.HashGetAllAsync(Keys.Job(id)));

    /// <summary>A page of jobs, newest first.</summary>
    /// <param name="owner">Whose; null for everybody's.</param>
    /// <param name="before">The last id of the page before; null for the first page.</param>
    /// <param name="limit">Most jobs a page.</param>
    public async Task<IReadOnlyList<Job>> ListAsync(string? owner, string? before, int limit)
    {
        var ids = await redis.Database.SortedSetRangeByValueAsync(
            owner is null ? Keys.Jobs : Keys.JobsOf(owner),
            max: before ?? RedisValue.Null, exclude: Exclude.Stop, order: Order.Descending, take: limit);
        var jobs = await Task.WhenAll(ids.Select(id => FindAsync((string)id!)));
        return [.. jobs.OfType<Job>()];
    }

    /// <summary>The last lines of a job's output.</summary>
    public async Task<IReadOnlyList<string>> LogAsync(string id) =>
        (await redis.Database.ListRangeAsync(Keys.JobLog(id))).ToStringArray()!;

    /// <summary>Takes the oldest queued job that a runner can do; null if there is none.</summary>
    public async Task<Job?> ClaimAsync(Runner runner, CancellationToken cancellationToken)
    {
        if (runner.Abilities.Blockers.Count > 0)
            return null;

        // A peek without a script, then the script with that job's key declared; if somebody else was faster, the next one.
        var passed = 0;
        while (!cancellationToken.IsCancellationRequested
            && await redis.Database.SortedSetRangeByRankAsync(Keys.Queue(runner.Engine), passed, passed + ClaimPage - 1) is { Length: > 0 } page)
        {
            var requests = await Task.WhenAll(page.Select(id => redis.Database.HashGetAsync(Keys.Job((string)id!), "request")));
            foreach (var (entry, request) in page.Zip(requests))
            {
                if (request.IsNull)
                    await redis.Database.SortedSetRemoveAsync(Keys.Queue(runner.Engine), entry);
                else if (PlanFor(request, runner) is not { } plan)
                    passed++;
                else if (await TakeAsync((string)entry!, runner, plan))
                    return await FindAsync((string)entry!);
            }
        }

        return null;
    }

    /// <summary>Whether this attempt holds the job now.</summary>
    public async Task<bool> HoldsAsync(string id, int attempt)
    {
        var fields = await redis.Database.HashGetAsync(Keys.Job(id), ["state", "attempt"]);
        return fields[0] == "running" && fields[1] == attempt;
    }

    /// <summary>Reports progress and renews the lease.</summary>
    public async Task<bool> HeartbeatAsync(string id, int attempt, Heartbeat heartbeat)
    {
        RedisValue[] arguments =
        [
            id, attempt, Milliseconds(options.Value.Lease),
            JsonSerializer.Serialize(heartbeat.Progress with { Percent = Math.Clamp(heartbeat.Progress.Percent, 0, 100) }, ContractsJson.Default.GenerationProgress),
            options.Value.LogLines,
            .. heartbeat.Lines.TakeLast(options.Value.LogLines).Select(line => (RedisValue)(line.Length > Heartbeat.MaxLine ? line[..Heartbeat.MaxLine] : line)),
        ];
        return await Script.Heartbeat.RunAsync(redis.Database, [Keys.Job(id), Keys.Leases, Keys.JobLog(id), Keys.Runners], arguments) == 1;
    }

    /// <summary>Publishes a result, once.</summary>
    public async Task<bool> CompleteAsync(string id, int attempt, VideoFacts video) =>
        await Script.Complete.RunAsync(redis.Database, [Keys.Job(id), Keys.Leases],
            id, attempt, JsonSerializer.Serialize(video, ContractsJson.Default.VideoFacts)) == 1;

    /// <summary>Counts a failure: the job is queued again, or has failed for good: at once if trying again cannot help.</summary>
    public Task<bool> FailAsync(Job job, int attempt, JobError error) =>
        FailAsync(job.Id, job.Request.Plan.Engine, attempt, "failed", error, onlyIfExpired: false);

    /// <summary>Puts a drained runner's job back; no failure is counted.</summary>
    public async Task<bool> ReleaseAsync(Job job, int attempt) =>
        await Script.Release.RunAsync(redis.Database, QueueKeys(job), job.Id, attempt) == 1;

    /// <summary>Cancels a job; false if it already ended.</summary>
    public async Task<bool> CancelAsync(Job job) =>
        await Script.Cancel.RunAsync(redis.Database, QueueKeys(job), job.Id) == 1;

    /// <summary>Puts back every job whose lease has expired.</summary>
    public async Task SweepAsync()
    {
        foreach (var id in await redis.Database.SortedSetRangeByScoreAsync(Keys.Leases, stop: await NowAsync()))
            await LoseAsync((string)id!, heldBy: null);
    }

    // What the job will do on this runner; null if the runner cannot do it, or the job cannot be read: it must not stop the others.
    private static GenerationPlan? PlanFor(RedisValue request, Runner runner)
    {
        try
        {
            var plan = JsonSerializer.Deserialize((string)request!, JobsJson.Default.JobRequest)?.Plan;
            return plan is null || JobNeeds.Of(plan).LackingIn(runner.Abilities) is not null ? null : Planner.For(plan, runner.Abilities);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<bool> TakeAsync(string id, Runner runner, GenerationPlan plan) =>
        await Script.Claim.RunAsync(redis.Database, [Keys.Job(id), Keys.Queue(runner.Engine), Keys.Leases],
            id, runner.Id, Milliseconds(options.Value.Lease),
            JsonSerializer.Serialize(plan, ContractsJson.Default.GenerationPlan),
            await redis.Database.HashGetAsync(Keys.Runner(runner.Id), "parity") is { IsNull: false } parity ? parity : "[]") > 0;

    private static JobError LeaseLost { get; } = new(
        "lease_lost", "The runner was lost.", "It stopped sending heartbeats, or it restarted while it worked on this job.",
        "Nothing, if another attempt succeeds. Otherwise look at the runner's log.", []);

    private static RedisKey[] QueueKeys(Job job) => QueueKeys(job.Id, job.Request.Plan.Engine);

    private static RedisKey[] QueueKeys(string id, string engine) => [Keys.Job(id), Keys.Queue(engine), Keys.Leases];

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;

    // The lease of whoever holds the job has expired, or the named runner is known to have lost it. Reads no more of the job
    // than it needs: one that cannot be read must not keep the others from being put back.
    private async Task LoseAsync(string id, string? heldBy)
    {
        var fields = await redis.Database.HashGetAsync(Keys.Job(id), ["engine", "attempt", "runner"]);
        if (!fields[0].IsNull && (heldBy is null || fields[2] == heldBy))
            await FailAsync(id, (string)fields[0]!, (int)fields[1], "lost", LeaseLost, onlyIfExpired: heldBy is null);
    }

    private async Task<bool> FailAsync(string id, string engine, int attempt, string outcome, JobError error, bool onlyIfExpired) =>
        await Script.Fail.RunAsync(redis.Database, QueueKeys(id, engine),
            id, attempt, outcome, JsonSerializer.Serialize(error, ContractsJson.Default.JobError),
            error.Retryable ? options.Value.MaxFailures : 1, onlyIfExpired ? 1 : 0) == 1;
}

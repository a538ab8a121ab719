using System.Text.Json;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

public sealed partial class JobStore
{
    private static readonly JobError _leaseLost = new(
        "lease_lost", "The runner was lost.", "It stopped sending heartbeats, or it restarted while it worked on this job.",
        "Nothing, if another attempt succeeds. Otherwise look at the runner's log.", []);

    private static readonly JobError _unreadable = new(
        "job_unreadable", "The job cannot be read.", "It was stored by another version of this program.", "Submit it again.", [], Retryable: false);

    /// <summary>
    /// Hands the first queued job that the runner can do to it: by priority, then in turn between owners, then by age; null if
    /// there is none, the queue is paused, or the runner is drained.
    /// </summary>
    public async Task<Job?> ClaimAsync(Runner runner, CancellationToken cancellationToken)
    {
        // A peek without a script, then the script with that job's keys declared; if somebody else was faster, the next one.
        while (!cancellationToken.IsCancellationRequested && await FirstForAsync(runner) is { } place)
        {
            if (await ClaimAsync(runner, place) is { } job)
                return job;
        }

        return null;
    }

    /// <summary>Whether this attempt holds the job now.</summary>
    public async Task<bool> HoldsAsync(Holder holder)
    {
        var fields = await redis.Database.HashGetAsync(Keys.Job(holder.Job), ["state", "attempt", "runner"]);
        return fields[0] == JobHash.Name(JobState.Running) && fields[1] == holder.Attempt && fields[2] == holder.Runner;
    }

    /// <summary>Reports progress and renews the lease.</summary>
    /// <returns>What the runner is to do; null if the attempt does not hold the job any more.</returns>
    public async Task<RunnerCommand?> HeartbeatAsync(Holder holder, Heartbeat heartbeat)
    {
        if (await PlaceAsync(holder.Job) is not { } place)
            return null;

        var beat = scripts.Heartbeat.CodeAsync(
            redis.Database, place.KeysWith(Keys.Draining, Keys.Runners),
            place.ArgumentsWith(
                holder.Attempt, holder.Runner, Milliseconds(options.Value.Lease),
                JsonSerializer.Serialize(heartbeat.Progress, ContractsJson.Default.GenerationProgress)));
        if (heartbeat.Lines.Count > 0)
            await LogAsync(holder, place, heartbeat.Lines);
        return await beat switch { 0 => null, 1 => RunnerCommand.Continue, _ => RunnerCommand.Drain };
    }

    /// <summary>Publishes a result, once.</summary>
    public Task<bool> CompleteAsync(Holder holder, VideoFacts video) =>
        EndAsync(scripts.Complete, holder, JsonSerializer.Serialize(video, ContractsJson.Default.VideoFacts));

    /// <summary>Counts a failure: the job is queued again, or has failed for good: at once if trying again cannot help.</summary>
    public Task<bool> FailAsync(Holder holder, JobError error) => FailAsync(holder, "failed", error, onlyIfExpired: false);

    /// <summary>Puts a runner's job back where it stood; no failure is counted.</summary>
    public Task<bool> ReleaseAsync(Holder holder) => EndAsync(scripts.Release, holder);

    private async Task<JobPlace?> FirstForAsync(Runner runner)
    {
        if (runner.Abilities.Blockers.Count > 0)
            return null;
        var (paused, draining, classes) = (
            redis.Database.KeyExistsAsync(Keys.Paused), redis.Database.HashExistsAsync(Keys.Draining, runner.Id), redis.Database.SetMembersAsync(Keys.Classes));
        if (await paused || await draining)
            return null;

        var suitable = (await classes).Select(name => JobClass.Named((string)name!)).Where(found => found.Suits(runner)).ToList();
        var firsts = await Task.WhenAll(suitable.Select(found => redis.Database.SortedSetRangeByRankWithScoresAsync(Keys.Queue(found.Name), 0, 0)));
        var first = suitable.Zip(firsts).Where(queue => queue.Second.Length > 0)
            .OrderBy(queue => queue.Second[0].Score).ThenBy(queue => (string)queue.Second[0].Element!, StringComparer.Ordinal).FirstOrDefault();
        if (first.First is null)
            return null;
        var id = (string)first.Second[0].Element!;
        return new(id, (string)(await redis.Database.HashGetAsync(Keys.Job(id), "owner"))!, first.First);
    }

    internal async Task<Job?> ClaimAsync(Runner runner, JobPlace place)
    {
        var result = await scripts.Claim.RunAsync(
            redis.Database, place.KeysWith(Keys.Paused, Keys.Draining, Keys.Runner(runner.Id), Keys.Claims(runner.Id)),
            place.ArgumentsWith(runner.Id, Milliseconds(options.Value.Lease)));
        if (result.IsNull)
            return null;

        var fields = ((RedisValue[])result!).Chunk(2).Select(pair => new HashEntry(pair[0], pair[1])).ToArray();
        try
        {
            var job = JobHash.Read(place.Id, fields)!;
            var plan = Planner.For(job.Request.Plan, runner.Abilities);
            // Whatever is sent later over this connection finds it written.
            scripts.Plan.Send(redis.Database, place.KeysWith(), place.ArgumentsWith(
                job.Attempt, runner.Id, JsonSerializer.Serialize(plan, ContractsJson.Default.GenerationPlan)));
            return job with { Plan = plan };
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException)
        {
            // It must not stop the others.
            await FailAsync(new(place.Id, (int)fields.Single(field => field.Name == "attempt").Value, runner.Id), _unreadable);
            return null;
        }
    }

    // A full server refuses lines, and only them.
    private async Task LogAsync(Holder holder, JobPlace place, IReadOnlyList<string> lines)
    {
        try
        {
            await scripts.Log.CodeAsync(redis.Database, place.KeysWith(Keys.JobLog(holder.Job)), place.ArgumentsWith(
            [
                holder.Attempt, holder.Runner, options.Value.LogLines,
                .. lines.TakeLast(options.Value.LogLines).Select(line => (RedisValue)(line.Length > Heartbeat.MaxLine ? line[..Heartbeat.MaxLine] : line)),
            ]));
        }
        catch (RedisServerException exception) when (RedisConnection.IsFull(exception))
        {
            // The runner has them in its workspace.
        }
    }

    private async Task<bool> FailAsync(Holder holder, string outcome, JobError error, bool onlyIfExpired) =>
        await EndAsync(
            scripts.Fail, holder, outcome, JsonSerializer.Serialize(error, ContractsJson.Default.JobError),
            error.Retryable ? options.Value.MaxFailures : 1, onlyIfExpired ? 1 : 0);

    private async Task<bool> EndAsync(Script script, Holder holder, params RedisValue[] arguments) =>
        await PlaceAsync(holder.Job) is { } place
        && await script.CodeAsync(redis.Database, place.KeysWith(), place.ArgumentsWith([holder.Attempt, holder.Runner, .. arguments])) == 1;
}

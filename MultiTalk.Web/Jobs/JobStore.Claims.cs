using System.Text.Json;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

public sealed partial class JobStore
{
    private static readonly JobError _unreadable = new(
        "job_unreadable", "The job cannot be read.", "It was stored by another version of this program.", "Submit it again.", [], Retryable: false);

    private readonly QueueHeads _heads = new(redis);

    /// <summary>
    /// Hands the first queued job that the runner can do to it: by priority, then in turn between owners, then by age; null if
    /// there is none, the queue is paused, or the runner is drained.
    /// </summary>
    public async Task<ClaimedJob?> ClaimAsync(Runner runner, CancellationToken cancellationToken)
    {
        if (runner.Abilities.Blockers.Count > 0)
            return null;

        // A peek without a script, then the script with that job's keys declared; if somebody else was faster, the next one.
        while (!cancellationToken.IsCancellationRequested && await _heads.TakeAsync(runner) is { } place)
        {
            var (job, again) = await ClaimAsync(runner, place);
            if (job is not null || !again)
                return job;
        }

        return null;
    }

    /// <summary>Hands a job that was just queued to a runner that waits for one; null if somebody else was faster.</summary>
    internal async Task<ClaimedJob?> ClaimAsync(Runner runner, JobEvent queued) =>
        (await ClaimAsync(runner, new JobPlace(queued.Job, queued.Owner, JobClass.Named(queued.Class)), queued.Request)).Job;

    // The job; and, without one, whether there may be another.
    private async Task<(ClaimedJob? Job, bool Again)> ClaimAsync(Runner runner, JobPlace place, JobRequest? known = null)
    {
        var result = await scripts.Claim.RunAsync(
            redis.Database, place.KeysWith(Keys.Paused, Keys.Runner(runner.Id), Keys.Claims(runner.Id), Keys.Outbox),
            place.ArgumentsWith(runner.Id, Milliseconds(options.Value.Lease), runner.Seen ?? RedisValue.EmptyString));
        if (result.Resp2Type == ResultType.Array)
            return (await ReadAsync(place, runner, (RedisValue[])result!, known), true);
        // This runner is to have none: the job stands where it stood, for the next one.
        if ((int)result < 0)
            _heads.Forget();
        return (null, (int)result == 0);
    }

    // The claimed job as this runner will run it; null if it cannot be read, and so has failed: it must not stop the others.
    private async Task<ClaimedJob?> ReadAsync(JobPlace place, Runner runner, RedisValue[] fields, JobRequest? known)
    {
        var holder = new Holder(place.Id, (int)fields[0], runner.Id);
        try
        {
            var request = known ?? JobHash.Read(fields[1], JobsJson.Default.JobRequest) ?? throw new JsonException();
            var before = JobHash.Read(fields[2], ContractsJson.Default.GenerationPlan) ?? request.Plan;
            var plan = Planner.For(request.Plan, runner.Abilities);
            // Whatever is sent later over this connection finds it written.
            if (plan != before)
            {
                scripts.Plan.Send(redis.Database, place.KeysWith(), place.ArgumentsWith(
                    holder.Attempt, runner.Id, JsonSerializer.Serialize(plan, ContractsJson.Default.GenerationPlan)));
            }

            return new(holder, request, plan, fields[3]);
        }
        catch (JsonException)
        {
            await FailAsync(holder, _unreadable);
            return null;
        }
    }
}

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
    public async Task<Job?> ClaimAsync(Runner runner, CancellationToken cancellationToken)
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
    internal async Task<Job?> ClaimAsync(Runner runner, JobEvent queued) =>
        (await ClaimAsync(runner, new JobPlace(queued.Job, queued.Owner, JobClass.Named(queued.Class)))).Job;

    // The job; and, without one, whether there may be another.
    private async Task<(Job? Job, bool Again)> ClaimAsync(Runner runner, JobPlace place)
    {
        var claiming = scripts.Claim.CodeAsync(
            redis.Database, place.KeysWith(Keys.Paused, Keys.Draining, Keys.Runner(runner.Id), Keys.Claims(runner.Id)),
            place.ArgumentsWith(runner.Id, Milliseconds(options.Value.Lease), runner.Seen ?? RedisValue.EmptyString));
        // Sent together: a script would have to take the job apart once more.
        var fields = redis.Database.HashGetAllAsync(Keys.Job(place.Id));
        var attempt = await claiming;
        // This runner is to have none: the job stands where it stood, for the next one.
        if (attempt < 0)
            _heads.Forget();
        return attempt > 0 ? (await ReadAsync(new(place.Id, attempt, runner.Id), place, runner, await fields), true) : (null, attempt == 0);
    }

    // The claimed job as this runner will run it; null if it cannot be read, and so has failed: it must not stop the others.
    private async Task<Job?> ReadAsync(Holder holder, JobPlace place, Runner runner, HashEntry[] fields)
    {
        try
        {
            if (JobHash.Read(place.Id, fields) is not { } job)
                return null;
            var plan = Planner.For(job.Request.Plan, runner.Abilities);
            // Whatever is sent later over this connection finds it written.
            if (plan != job.Plan)
            {
                scripts.Plan.Send(redis.Database, place.KeysWith(), place.ArgumentsWith(
                    holder.Attempt, runner.Id, JsonSerializer.Serialize(plan, ContractsJson.Default.GenerationPlan)));
            }

            // It was read a moment before or after the claim; what became of it since, the runner hears when it reports.
            return job with { State = JobState.Running, Plan = plan, Attempt = holder.Attempt, Runner = holder.Runner };
        }
        catch (InvalidDataException)
        {
            await FailAsync(holder, _unreadable);
            return null;
        }
    }
}

using System.Text.Json;
using MultiTalk.GpuRunner.Contracts;
using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

public sealed partial class JobStore
{
    // Of an error's code, as it is counted; ours are shorter.
    private const int MaxCode = 64;

    private static readonly JobError _leaseLost = new(
        "lease_lost", "The runner was lost.", "It stopped sending heartbeats, or it restarted while it worked on this job.",
        "Nothing, if another attempt succeeds. Otherwise look at the runner's log.", []);

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
            redis.Database, place.KeysWith(Keys.Runner(holder.Runner), Keys.Runners),
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
            error.Retryable ? options.Value.MaxFailures : 1, onlyIfExpired ? 1 : 0, error.Code.Length > MaxCode ? error.Code[..MaxCode] : error.Code);

    private async Task<bool> EndAsync(Script script, Holder holder, params RedisValue[] arguments)
    {
        if (await PlaceAsync(holder.Job) is not { } place)
            return false;
        var ended = await script.CodeAsync(redis.Database, place.KeysToEndWith(await AboutNowAsync()), place.ArgumentsWith([holder.Attempt, holder.Runner, .. arguments])) == 1;
        // The job may be queued again.
        if (script != scripts.Complete)
            _heads.Forget();
        return ended;
    }
}

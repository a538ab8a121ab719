using System.Text.Json;
using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

/// <summary>Why nothing is handed out.</summary>
/// <param name="By">Who paused the queue.</param>
/// <param name="At">When.</param>
/// <param name="Reason">Why, in that person's words.</param>
public sealed record QueuePause(string By, DateTimeOffset At, string? Reason = null);

public sealed partial class JobStore
{
    /// <summary>Cancels a job; false if it already ended, or there is none.</summary>
    /// <param name="id">The job's id.</param>
    /// <param name="onlyIf">The only state in which it is to be canceled; null for both.</param>
    public async Task<bool> CancelAsync(string id, JobState? onlyIf = null) =>
        await MoveAsync(scripts.Cancel, id, onlyIf is { } state ? JobHash.Name(state) : RedisValue.EmptyString);

    /// <summary>Gives a queued job another priority, or moves it before all others; false if it is not queued.</summary>
    /// <param name="id">The job's id.</param>
    /// <param name="priority">From −10 to 10; null to leave it.</param>
    /// <param name="front">Whether it becomes the next to be run, whatever its priority.</param>
    public Task<bool> PrioritizeAsync(string id, int? priority, bool front) => MoveAsync(scripts.Prioritize, id, priority ?? RedisValue.EmptyString, front ? 1 : 0);

    /// <summary>How many jobs will be run before a queued one, if every runner could do every job, plus one; null if it is not queued.</summary>
    public async Task<long?> PositionAsync(string id)
    {
        if (await PlaceAsync(id) is not { } place || await redis.Database.SortedSetScoreAsync(Keys.Queue(place.Class.Name), place.Member) is not { } score)
            return null;
        var queues = (await redis.Database.SetMembersAsync(Keys.Classes)).Select(name => (string)name!)
            .Where(name => JobClass.Named(name).Engine == place.Class.Engine && name != place.Class.Name);
        var rank = redis.Database.SortedSetRankAsync(Keys.Queue(place.Class.Name), place.Member);
        var others = await Task.WhenAll(queues.Select(async name =>
        {
            var before = redis.Database.SortedSetLengthAsync(Keys.Queue(name), max: score, exclude: Exclude.Stop);
            // In the same turn, the older one comes first.
            var beside = await redis.Database.SortedSetRangeByScoreAsync(Keys.Queue(name), score, score);
            return await before + beside.Count(other => string.CompareOrdinal(other, place.Member) < 0);
        }));
        return await rank is { } before ? before + others.Sum() + 1 : null;
    }

    /// <summary>How many jobs there are in each state.</summary>
    public async Task<IReadOnlyDictionary<JobState, long>> CountsAsync()
    {
        var counts = await Task.WhenAll(Enum.GetValues<JobState>().Select(async state => (state, Count: state switch
        {
            JobState.Queued => (await QueuesAsync(queue => redis.Database.SortedSetLengthAsync(queue))).Sum(),
            JobState.Running => await redis.Database.SortedSetLengthAsync(Keys.Leases),
            _ => await redis.Database.SortedSetLengthAsync(Keys.State(state)),
        })));
        return counts.ToDictionary(count => count.state, count => count.Count);
    }

    /// <summary>Hands nothing out until <see cref="ResumeAsync"/>; what runs, runs on.</summary>
    public async Task PauseAsync(string by, string? reason)
    {
        var pause = new QueuePause(by, DateTimeOffset.FromUnixTimeMilliseconds(await NowAsync()), reason);
        await redis.Database.StringSetAsync(Keys.Paused, JsonSerializer.Serialize(pause, JobsJson.Default.QueuePause));
        await AnnounceAsync(JobEvent.Paused);
    }

    /// <summary>Hands jobs out again.</summary>
    public async Task ResumeAsync()
    {
        await redis.Database.KeyDeleteAsync(Keys.Paused);
        await AnnounceAsync(JobEvent.Resumed);
    }

    /// <summary>The pause of the queue; null if jobs are handed out.</summary>
    public async Task<QueuePause?> PauseAsync() =>
        await redis.Database.StringGetAsync(Keys.Paused) is { IsNull: false } pause ? JsonSerializer.Deserialize((string)pause!, JobsJson.Default.QueuePause) : null;

    // The owner's jobs behind it move up, in whatever queues they are; those keys are looked up first, and again if they changed meanwhile.
    private async Task<bool> MoveAsync(Script script, string id, params RedisValue[] arguments)
    {
        if (await PlaceAsync(id) is not { } place)
            return false;
        while (true)
        {
            var queued = await redis.Database.SortedSetRangeByRankAsync(Keys.Turns(place.Class.Engine, place.Owner));
            var queues = queued.Select(entry => ((string)entry!)[(id.Length + 1)..]).Where(name => name != place.Class.Name).Distinct().Select(Keys.Queue).ToArray();
            if (await script.CodeAsync(redis.Database, place.KeysToEndWith(await AboutNowAsync(), queues), place.ArgumentsWith(arguments)) is >= 0 and var code)
            {
                _heads.Forget();
                return code == 1;
            }
        }
    }
}

using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

/// <summary>Every key and channel on Redis. The hash tag keeps them in one slot, so that scripts work on a cluster.</summary>
public static partial class Keys
{
    private const string Tag = "{mt}:";

    /// <summary>Sorted set of all job ids; ids rise with time, so it is ordered by name.</summary>
    public const string Jobs = Tag + "jobs";

    /// <summary>Sorted set of the ids of running jobs by the end of their lease, in milliseconds of Redis' clock.</summary>
    public const string Leases = Tag + "leases";

    /// <summary>Sorted set of runner ids by when they were last seen, in milliseconds of Redis' clock.</summary>
    public const string Runners = Tag + "runners";

    /// <summary>Hash of API keys: the hash of the key → who holds it.</summary>
    public const string ApiKeys = Tag + "access:keys";

    /// <summary>Hash of runner tokens: a name → the hash of the token.</summary>
    public const string RunnerTokens = Tag + "access:runner-tokens";

    /// <summary>The ring of keys that protects cookies.</summary>
    public const string DataProtection = Tag + "data-protection";

    /// <summary>Sorted set of the ids of jobs that ended, by when, in milliseconds of Redis' clock.</summary>
    public const string Ended = Tag + "ended";

    /// <summary>Set of the names of the classes with queued jobs; also those that had some until a moment ago.</summary>
    public const string Classes = Tag + "classes";

    /// <summary>Who paused the queue; absent unless it is paused.</summary>
    public const string Paused = Tag + "paused";

    /// <summary>When leases were looked through last, in milliseconds of Redis' clock.</summary>
    public const string Swept = Tag + "swept";

    /// <summary>The one channel: what happens to every job, and to the queue.</summary>
    public static RedisChannel Events { get; } = RedisChannel.Literal(Tag + "events");

    /// <summary>Hash of one job.</summary>
    public static RedisKey Job(string id) => Tag + "job:" + id;

    /// <summary>List of the last lines of a job's output.</summary>
    public static RedisKey JobLog(string id) => Tag + "job:" + id + ":log";

    /// <summary>Sorted set of the ids of an owner's jobs, ordered by name.</summary>
    public static RedisKey JobsOf(string owner) => Tag + "jobs-of:" + owner;

    /// <summary>List of what happened to a job last.</summary>
    public static RedisKey JobEvents(string id) => Tag + "job:" + id + ":events";

    /// <summary>Sorted set of the ids of the jobs in a final state, ordered by name.</summary>
    public static RedisKey State(JobState state) => Tag + "state:" + JobHash.Name(state);

    /// <summary>Those of <see cref="State"/>.</summary>
    public static IReadOnlyList<RedisKey> Endings { get; } = [State(JobState.Succeeded), State(JobState.Failed), State(JobState.Canceled)];

    /// <summary>Sorted set of a class's queued jobs, as id and owner: those of a higher priority first, then by turn.</summary>
    public static RedisKey Queue(string name) => Tag + "queue:" + name;

    /// <summary>Sorted set of an owner's queued jobs of an engine, as id and class, with the scores that they have in their queues.</summary>
    public static RedisKey Turns(string engine, string owner) => Tag + "turns:" + engine + ":" + owner;

    /// <summary>Sorted set of an engine's priorities by the turn that is being served; and <c>front</c>, the last place before all others.</summary>
    public static RedisKey Clock(string engine) => Tag + "clock:" + engine;

    /// <summary>Hash of what an owner's idempotency key made: the job and the hash of the request; expires.</summary>
    public static RedisKey Idempotency(string owner, string key) =>
        Tag + "idempotency:" + owner + ":" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>Set of a runner's claims, as job and attempt, until it is known that they ended.</summary>
    public static RedisKey Claims(string runner) => Tag + "runner:" + runner + ":claims";

    /// <summary>Hash of one runner: what it told; <c>drain</c>, <c>finish</c> or <c>now</c>, while it is to have no jobs.</summary>
    public static RedisKey Runner(string id) => Tag + "runner:" + id;

    /// <summary>A one-time sign-in token by its hash; expires.</summary>
    public static RedisKey SignIn(string hash) => Tag + "access:sign-in:" + hash;
}

using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

/// <summary>Every key and channel on Redis. The hash tag keeps them in one slot, so that scripts work on a cluster.</summary>
public static class Keys
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

    /// <summary>A message for every change of a job: its id.</summary>
    public static RedisChannel Changed { get; } = RedisChannel.Literal(Tag + "changed");

    /// <summary>A message for every job put into a queue: its engine.</summary>
    public static RedisChannel Queued { get; } = RedisChannel.Literal(Tag + "queued");

    /// <summary>Hash of one job.</summary>
    public static RedisKey Job(string id) => Tag + "job:" + id;

    /// <summary>List of the last lines of a job's output.</summary>
    public static RedisKey JobLog(string id) => Tag + "job:" + id + ":log";

    /// <summary>Sorted set of the ids of an owner's jobs, ordered by name.</summary>
    public static RedisKey JobsOf(string owner) => Tag + "jobs-of:" + owner;

    /// <summary>Sorted set of the ids of an engine's queued jobs by submission.</summary>
    public static RedisKey Queue(string engine) => Tag + "queue:" + engine;

    /// <summary>Hash of one runner.</summary>
    public static RedisKey Runner(string id) => Tag + "runner:" + id;

    /// <summary>A one-time sign-in token by its hash; expires.</summary>
    public static RedisKey SignIn(string hash) => Tag + "access:sign-in:" + hash;
}

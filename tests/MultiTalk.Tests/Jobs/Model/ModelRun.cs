using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;
using Xunit.Sdk;

namespace MultiTalk.Tests.Jobs.Model;

/// <summary>Does the same to a store and to the model, and compares what they answer and how they stand after every step.</summary>
internal sealed partial class ModelRun
{
    private static readonly string[] _owners = ["ann", "bob", "Jö & Co"];
    private static readonly JobError _error = new("broken", "It broke.", "It fell.", "Pick it up.", []);

    private readonly JobStore _store;
    private readonly IDatabase _redis;
    private readonly IReadOnlyDictionary<Kind, string> _classes;
    private readonly JobModel _model;
    private readonly List<Holder> _holders = [];
    private readonly List<string> _trace = [];
    private int _ids;

    private ModelRun(JobStore store, IDatabase redis, JobsOptions options, IReadOnlyDictionary<Kind, string> classes)
    {
        (_store, _redis, _classes) = (store, redis, classes);
        _model = new(options);
    }

    /// <summary>No pause of the test's process is an outage, or ends a lease.</summary>
    public static JobsOptions Options { get; } = new() { Lease = TimeSpan.FromHours(1), SweepGap = TimeSpan.FromMinutes(10), LogLines = 2 };

    /// <summary>What does some steps on an emptied server, then looks at everything and empties the queue.</summary>
    /// <param name="redis">The server.</param>
    /// <param name="edit">What is wrong with the store's scripts; null for nothing.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<Func<ModelStep[], Task>> OnAsync(OwnRedis redis, Func<string, string, string>? edit, CancellationToken cancellationToken)
    {
        // One connection: what the store sends without waiting is there before anybody looks.
        var connection = redis.Connect();
        var (store, database) = (OwnRedis.Store(connection, edit, Options), connection.Database);
        var classes = await ClassesAsync(redis, store, database);
        return async steps =>
        {
            await redis.ClearAsync();
            await new ModelRun(store, database, Options, classes).DoAsync(steps, cancellationToken);
        };
    }

    // The names that the store gives the kinds.
    private static async Task<IReadOnlyDictionary<Kind, string>> ClassesAsync(OwnRedis redis, JobStore store, IDatabase database)
    {
        await redis.ClearAsync();
        var names = new Dictionary<Kind, string>();
        foreach (var kind in Kind.All)
        {
            var id = JobStore.NewId();
            await store.SubmitAsync(new(id, "someone", kind.Request));
            names[kind] = (string)(await database.HashGetAsync(Keys.Job(id), "class"))!;
        }

        return names;
    }

    private async Task DoAsync(ModelStep[] steps, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var runner in Kind.Runners)
                await RegisterAsync(runner);
            foreach (var step in steps)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await DoAsync(step.Act, step.A, step.B, step.C);
                await CompareAsync();
            }

            await LookAsync();
            await EmptyAsync();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw new XunitException($"{exception.Message}\nSteps:\n{string.Join('\n', _trace)}", exception);
        }
    }

    private Task DoAsync(Act act, int a, int b, int c) => act switch
    {
        Act.Submit => SubmitAsync(_owners[a % 3], Kind.All[b % 3], c % 3 > 0 ? 0 : (c % 5 - 2) * 5, c % 4 > 0 ? null : new($"key {b % 2}", $"hash {a % 2}"), b % 5 > 0 ? 0 : 1 + (c % 3), hooked: a % 2 == 0),
        Act.Claim => ClaimAsync(RunnerOf(a)),
        Act.Heartbeat => HeartbeatAsync(HolderOf(a, b), new(new(Phase.Sampling, c % 3 * 10, 1, 5), [.. Enumerable.Range(0, c % 4).Select(line => $"line {line}")])),
        Act.Complete => CompleteAsync(HolderOf(a, b), new(640, 640, c, 25, 9.88, 1000, new('a', 64))),
        Act.Fail => FailAsync(HolderOf(a, b), retryable: c % 3 > 0),
        Act.Release => ReleaseAsync(HolderOf(a, b)),
        Act.Cancel => CancelAsync(JobOf(a, b), (c % 6) switch { 0 => JobState.Queued, 1 => JobState.Running, _ => null }),
        Act.Prioritize => PrioritizeAsync(JobOf(a, b), (c % 5 - 2) * 5, front: false),
        Act.Front => PrioritizeAsync(JobOf(a, b), c % 2 == 0 ? null : (c % 5 - 2) * 5, front: true),
        Act.Share => ShareAsync(JobOf(a, b), shared: c % 3 > 0),
        Act.Pause => PauseAsync(),
        Act.Resume => ResumeAsync(),
        Act.Drain => DrainAsync(RunnerOf(a), now: b % 2 == 0),
        Act.Undrain => UndrainAsync(_model.Draining.Count > 0 && b % 4 > 0 ? _model.Draining.Keys.Order(StringComparer.Ordinal).First() : RunnerOf(a).Id),
        Act.Register => RegisterAsync(RunnerOf(a)),
        Act.Leave => LeaveAsync(RunnerOf(a)),
        Act.Ask => AskAsync(RunnerOf(a), works: b % 3),
        Act.Expire => ExpireAsync(a),
        Act.Outage => OutageAsync(a),
        Act.ForgetJob => ForgetJobAsync(a, b),
        Act.ForgetRunner => ForgetRunnerAsync(RunnerOf(a)),
        _ => LookAsync(),
    };

    private static Runner RunnerOf(int number) => Kind.Runners[number % Kind.Runners.Count];

    // Mostly one that waits or runs; also one that ended, was forgotten or never was.
    private string JobOf(int a, int b)
    {
        var jobs = _model.Jobs.Where(job => b % 4 == 0 || !job.Ended).ToList();
        return jobs.Count > 0 && b % 13 > 0 ? jobs[a % jobs.Count].Id : IdOf(a % (_ids + 1));
    }

    // Mostly one that holds its job; also one that does not any more, and one that never did.
    private Holder HolderOf(int a, int b)
    {
        var holders = _holders.Where(holder => b % 3 == 0 || _model.Held(holder) is not null).ToList();
        if (holders.Count == 0)
            holders = [new(JobOf(a, b), b % 3, RunnerOf(a).Id)];
        var holder = holders[a % holders.Count];
        return (b % 10) switch { 1 => holder with { Runner = RunnerOf(b).Id }, 2 => holder with { Attempt = holder.Attempt + 1 }, _ => holder };
    }

    // They rise, so that the age of two jobs is known.
    private static string IdOf(int number) => number.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);

    private static string Name(string id) => "job " + id.TrimStart('0');

    private static string Name(Holder? holder) => holder is null ? "nobody" : $"{Name(holder.Job)}, attempt {holder.Attempt} of {holder.Runner[0]}";

    // Does the same to both, and remembers it.
    private void Did<T>(string what, T expected, T actual)
    {
        _trace.Add($"{what} → {(actual is Holder holder ? Name(holder) : actual)}");
        Same(what, expected, actual);
    }

    private static void Same<T>(string what, T expected, T actual)
    {
        if (!Equals(expected, actual))
            throw new XunitException($"{what}\n  should answer {expected}\n  but answers   {actual}");
    }

    private async Task CompareAsync()
    {
        var (expected, actual) = (ModelKeys.Of(_model, _classes), await ModelKeys.OnRedisAsync(_redis));
        if (!expected.SequenceEqual(actual))
        {
            throw new XunitException(
                $"On Redis should be\n  {string.Join("\n  ", expected.Except(actual))}\nbut is\n  {string.Join("\n  ", actual.Except(expected))}");
        }
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Tests.Jobs.History;

/// <summary>Lets several Webs do anything to the same jobs at once, and records it. Every task writes for every attempt that ever was, as zombies do.</summary>
internal sealed class Recorder(OwnRedis redis, Func<string, string, string>? edit)
{
    private const int Tasks = 8;
    private const int Jobs = 6;

    private static readonly JobError _error = new("broken", "It broke.", "It fell.", "Pick it up.", []);
    private static readonly JobsOptions _options = new() { MaxFailures = 20 };

    private readonly ConcurrentQueue<Call> _calls = [];
    private readonly ConcurrentQueue<JobEvent> _published = [];
    private readonly ConcurrentQueue<string> _faults = [];
    private readonly List<Holder> _holders = [];

    /// <summary>Does so many calls a task.</summary>
    public async Task<JobHistory> RecordAsync(int calls, Random random, CancellationToken cancellationToken)
    {
        await redis.ClearAsync();
        var connections = Enumerable.Range(0, Tasks / 2).Select(_ => redis.Connect()).ToList();
        var stores = connections.Select(connection => OwnRedis.Store(connection, edit, _options)).ToList();
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // Unlike that of a Web, it waits until it is connected.
        await using var hearing = await ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions { EndPoints = { new UnixDomainSocketEndPoint(redis.Socket) } });
        var messages = await hearing.GetSubscriber().SubscribeAsync(Keys.Events);
        messages.OnMessage(message =>
        {
            var happened = JobEvent.Published(message.Message!);
            if (happened.Job == JobEvent.Nobody)
                told.TrySetResult();
            else
                _published.Enqueue(happened);
        });

        var ids = Enumerable.Range(0, Jobs).Select(_ => JobStore.NewId()).ToList();
        foreach (var id in ids)
            await stores[0].SubmitAsync(new(id, "someone", Requests.For("any")));
        var seeds = Enumerable.Range(0, Tasks).Select(_ => random.Next()).ToList();
        await Task.WhenAll(seeds.Select((seed, task) => Task.Run(() => DoAsync(stores[task % stores.Count], Requests.Runner($"runner{task}", "any"), ids, calls, new(seed), cancellationToken))));

        // The last message: everything before it has been told.
        await stores[0].ResumeAsync();
        await told.Task;
        var jobs = await Task.WhenAll(ids.Select(stores[0].FindAsync));
        var kept = new Dictionary<string, IReadOnlyList<JobEvent>>();
        foreach (var id in ids)
            kept[id] = [.. (await redis.Database.ListRangeAsync(Keys.JobEvents(id))).Select(text => JobEvent.Kept(id, (string)text!))];
        await messages.UnsubscribeAsync();
        return new(ids, [.. _calls], [.. _published], [.. jobs.OfType<Job>()], kept, [.. _faults]);
    }

    private async Task DoAsync(JobStore store, Runner runner, List<string> ids, int calls, Random random, CancellationToken cancellationToken)
    {
        for (var call = 0; call < calls; call++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                await DoAsync(store, runner, ids, random);
            }
            catch (RedisServerException exception)
            {
                _faults.Enqueue($"A script failed: {exception.Message}");
            }
        }
    }

    private Task DoAsync(JobStore store, Runner runner, List<string> ids, Random random)
    {
        var holder = Any(random);
        return (holder is null ? 0 : random.Next(200)) switch
        {
            < 60 => ClaimAsync(store, runner),
            < 110 => AskAsync(Asked.Heartbeat, holder!, async () => await store.HeartbeatAsync(holder!, new(new(Phase.Sampling, random.Next(100), 1, 5), [])) is not null),
            < 113 => AskAsync(Asked.Complete, holder!, () => store.CompleteAsync(holder!, new(640, 640, 247, 25, 9.88, holder!.Attempt, new('a', 64)))),
            < 140 => AskAsync(Asked.Fail, holder!, () => store.FailAsync(holder!, _error)),
            < 199 => AskAsync(Asked.Release, holder!, () => store.ReleaseAsync(holder!)),
            _ => CancelAsync(store, ids[random.Next(ids.Count)]),
        };
    }

    private async Task ClaimAsync(JobStore store, Runner runner)
    {
        var begun = Stopwatch.GetTimestamp();
        var job = await store.ClaimAsync(runner, TestContext.Current.CancellationToken);
        _calls.Enqueue(new(Asked.Claim, job?.Id, job?.Holder, job is not null, begun, Stopwatch.GetTimestamp()));
        if (job is null)
            return;
        lock (_holders)
            _holders.Add(job.Holder!);
    }

    private async Task AskAsync(Asked asked, Holder holder, Func<Task<bool>> ask)
    {
        var begun = Stopwatch.GetTimestamp();
        var granted = await ask();
        _calls.Enqueue(new(asked, holder.Job, holder, granted, begun, Stopwatch.GetTimestamp()));
    }

    private async Task CancelAsync(JobStore store, string id)
    {
        var begun = Stopwatch.GetTimestamp();
        var granted = await store.CancelAsync(id);
        _calls.Enqueue(new(Asked.Cancel, id, null, granted, begun, Stopwatch.GetTimestamp()));
    }

    // Mostly a late one: it may still hold its job.
    private Holder? Any(Random random)
    {
        lock (_holders)
            return _holders.Count == 0 ? null : _holders[^(1 + random.Next(random.Next(2) == 0 ? Math.Min(Jobs, _holders.Count) : _holders.Count))];
    }
}

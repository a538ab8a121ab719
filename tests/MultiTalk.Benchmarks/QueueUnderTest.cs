using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Benchmarks;

/// <summary>The store and the queue as a Web has them, and one runner that can do everything.</summary>
internal sealed class QueueUnderTest : IAsyncDisposable
{
    private const int Owners = 10;

    private static readonly Runner _runner = new(new string('b', 32), "bench", Engine.Preview, "1", new() { Blockers = [] }, default, Live: true);

    // 10 s of sound, one person, a square picture; planned for the runner that is alive, as a submission is.
    private static readonly JobRequest _request = new(
        "A woman talks to the camera",
        new(),
        Planner.Plan(new("A woman talks to the camera", new(640, 640), [new(new VoiceFacts(160_000))], new()), Engine.Preview, _runner.Abilities),
        [new("image.png", 168_108, new('a', 64)), new("voice1.wav", 320_044, new('b', 64))]);

    private static readonly VideoFacts _video = new(640, 640, 250, 25, 10, 400_000, new('c', 64));

    private readonly WebApplication _web;
    private int _submitted;

    private QueueUnderTest(WebApplication web) => _web = web;

    /// <summary>Its connection.</summary>
    public IConnectionMultiplexer Connection => _web.Services.GetRequiredService<RedisConnection>().Multiplexer;

    private JobStore Store => _web.Services.GetRequiredService<JobStore>();

    /// <summary>Connects it. Nothing else of a Web runs.</summary>
    /// <param name="redis">Where the jobs are.</param>
    /// <param name="listens">Whether it hears of new jobs; one that only writes has no subscription.</param>
    public static async Task<QueueUnderTest> StartAsync(LocalRedis redis, bool listens)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.AddJobs(redis.Connection);
        var queue = new QueueUnderTest(builder.Build());
        if (listens)
            await queue._web.Services.GetRequiredService<JobEvents>().StartAsync(CancellationToken.None);
        await queue.RegisterAsync();
        return queue;
    }

    /// <summary>Introduces the runner, also again after everything was forgotten.</summary>
    public Task RegisterAsync() => Store.RegisterAsync(new(_runner.Id, _runner.Name, _runner.Engine, _runner.Version, new([], [], _runner.Abilities)));

    /// <summary>Queues a job.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> SubmitAsync()
    {
        var id = JobStore.NewId();
        await Store.SubmitAsync(new(id, Row.Text($"owner-{Interlocked.Increment(ref _submitted) % Owners}"), _request));
        return id;
    }

    /// <summary>The runner takes a job; null if there is none.</summary>
    public Task<ClaimedJob?> ClaimAsync() => Store.ClaimAsync(_runner, CancellationToken.None);

    /// <summary>The runner waits for a job and takes it.</summary>
    public Task<ClaimedJob?> NextAsync(CancellationToken cancellationToken) => _web.Services.GetRequiredService<JobDispatcher>().NextAsync(_runner, cancellationToken);

    /// <summary>The runner reports.</summary>
    public Task HeartbeatAsync(ClaimedJob job, GenerationProgress progress) => Store.HeartbeatAsync(job.Holder, new(progress, []));

    /// <summary>The runner has finished.</summary>
    public async Task CompleteAsync(ClaimedJob job)
    {
        if (!await Store.CompleteAsync(job.Holder, _video))
            throw new InvalidOperationException($"The job {job.Id} could not be completed. The store is broken; run the tests.");
    }

    /// <summary>What Redis holds of a job's request: JSON.</summary>
    public async Task<string> RequestOfAsync(string id) => (string)(await Connection.GetDatabase().HashGetAsync(Keys.Job(id), "request"))!;

    /// <summary>The channel that tells of changes.</summary>
    public static RedisChannel Channel => Keys.Events;

    public ValueTask DisposeAsync() => _web.DisposeAsync();

}

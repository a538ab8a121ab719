using Microsoft.Extensions.Options;
using MultiTalk.Tests.Jobs;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Tests.Webhooks;

/// <summary>A queue without a Web: what happens in it is in the outbox, and nobody sends it.</summary>
internal sealed class StoreAlone(Api.OwnRedis redis) : IAsyncDisposable
{
    private readonly RedisConnection _connection = new(ConfigurationOptions.Parse(redis.ConnectionString));

    /// <summary>A job with a video; only its end is told.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> CompleteAsync(string owner)
    {
        var store = new JobStore(_connection, new Scripts(), Options.Create(new JobsOptions()));
        await store.SubmitAsync(new(JobStore.NewId(), owner, Requests.For("alone")));
        var job = await store.ClaimAsync(Requests.Runner(Guid.NewGuid().ToString("n"), "alone"), TestContext.Current.CancellationToken);
        Assert.True(await store.CompleteAsync(job!.Holder, new(640, 640, 81, 25, 3.24, 1000, new('a', 64))));
        return job.Id;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}

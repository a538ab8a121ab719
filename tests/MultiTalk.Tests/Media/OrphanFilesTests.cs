using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using MultiTalk.Tests.Jobs;
using MultiTalk.Web.Jobs;
using MultiTalk.Web.Media;
using StackExchange.Redis;

namespace MultiTalk.Tests.Media;

public sealed class OrphanFilesTests(OwnRedis redis) : IClassFixture<OwnRedis>, IDisposable
{
    private static readonly TimeSpan _every = TimeSpan.FromHours(1);

    private readonly TempDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    [Fact(Timeout = 60_000)]
    public async Task Files_that_Redis_does_not_know_go_once_they_are_old()
    {
        var (known, gone, upload, expired) = (NewId(0), NewId(0), NewId(0), NewId(0));
        await redis.Database.HashSetAsync(Keys.Job(known), "owner", "ada");
        await redis.Database.HashSetAsync(Keys.Media(upload), "owner", "ada");
        string[] stay = [$"jobs/{known}/image.png", $"jobs/{known}/output-1.mp4", $"media/{upload}/image.png", "jobs/somebody-else/image.png"];
        string[] go = [$"jobs/{gone}/image.png", $"jobs/{gone}/voice1.wav", $"media/{expired}/voice.wav"];
        using var cleaner = Cleaner(out var store, redis.Connect());
        foreach (var name in stay.Concat(go))
            await store.SaveAsync(name, new MemoryStream([1]), new(1, "image"), TestContext.Current.CancellationToken);

        _time.Advance(TimeSpan.FromHours(5.9));
        await cleaner.CleanAsync(TestContext.Current.CancellationToken);
        Assert.Equal(stay.Concat(go).Order(), await NamesAsync(store));

        _time.Advance(TimeSpan.FromHours(0.2));
        await cleaner.CleanAsync(TestContext.Current.CancellationToken);
        Assert.Equal(stay.Order(), await NamesAsync(store));
    }

    [Fact(Timeout = 60_000)]
    public async Task Nothing_goes_while_Redis_does_not_answer()
    {
        await using var away = new RedisConnection(new ConfigurationOptions { EndPoints = { "127.0.0.1:1" }, ConnectTimeout = 100, AbortOnConnectFail = false });
        using var cleaner = Cleaner(out var store, away);
        await store.SaveAsync($"jobs/{NewId(24)}/image.png", new MemoryStream([1]), new(1, "image"), TestContext.Current.CancellationToken);

        await Assert.ThrowsAnyAsync<RedisException>(() => cleaner.CleanAsync(TestContext.Current.CancellationToken));

        Assert.Single(await NamesAsync(store));
    }

    [Fact(Timeout = 60_000)]
    public async Task It_looks_by_itself_within_the_time_that_is_set()
    {
        using var cleaner = Cleaner(out var store, redis.Connect());
        var id = NewId(24);
        await store.SaveAsync($"jobs/{id}/image.png", new MemoryStream([1]), new(1, "image"), TestContext.Current.CancellationToken);
        var gone = Eventually.GoneAsync(_directory[$"jobs/{id}"]);

        await cleaner.StartAsync(TestContext.Current.CancellationToken);
        Assert.False(gone.IsCompleted);
        // When it begins to wait, nobody is told.
        while (await Task.WhenAny(gone, Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken)) != gone)
            _time.Advance(_every);
        await gone;

        await cleaner.StopAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose() => _directory.Dispose();

    private string NewId(double hoursAgo) => Guid.CreateVersion7(_time.GetUtcNow().AddHours(-hoursAgo)).ToString("n");

    private static async Task<IEnumerable<string>> NamesAsync(IMediaStore store) =>
        await store.ListAsync("", TestContext.Current.CancellationToken).Select(file => file.Name).Order().ToListAsync(TestContext.Current.CancellationToken);

    private OrphanFiles Cleaner(out IMediaStore store, RedisConnection connection)
    {
        var options = Options.Create(new MediaOptions { Directory = _directory.Path, CleanEvery = _every });
        store = new DiskMediaStore(options, TimeProvider.System);
        return new(store, connection, options, _time, NullLogger<OrphanFiles>.Instance);
    }
}

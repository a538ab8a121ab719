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
    private readonly WaitedTime _time = new();

    [Fact(Timeout = 60_000)]
    public async Task Files_that_Redis_does_not_know_go_once_they_are_old()
    {
        var (known, gone, upload, expired) = (NewId(0), NewId(0), NewId(0), NewId(0));
        await redis.Database.HashSetAsync(Keys.Job(known), "owner", "ada");
        await redis.Database.HashSetAsync(Keys.Media(upload), "owner", "ada");
        string[] stay = [$"jobs/{known}/image.png", $"jobs/{known}/output-1.mp4", $"media/{upload}/image.png", "jobs/somebody-else/image.png"];
        string[] go = [$"jobs/{gone}/image.png", $"jobs/{gone}/voice1.wav", $"media/{expired}/voice.wav"];
        using var cleaner = Cleaner(out var store, redis.Connect());
        stay = [.. stay, StoreTie.File];
        await cleaner.CleanAsync(TestContext.Current.CancellationToken);
        foreach (var name in stay[..^1].Concat(go))
            await SaveAsync(store, name);

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
        await SaveAsync(store, $"jobs/{NewId(24)}/image.png");

        await Assert.ThrowsAnyAsync<RedisException>(() => cleaner.CleanAsync(TestContext.Current.CancellationToken));

        Assert.Single(await NamesAsync(store));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_goes_where_the_store_belongs_to_another_Redis(bool emptied)
    {
        await using var other = new OwnRedis();
        await other.InitializeAsync();
        var connection = other.Connect();
        using var cleaner = Cleaner(out var store, connection);
        await cleaner.CleanAsync(TestContext.Current.CancellationToken);
        var name = $"jobs/{NewId(24)}/image.png";
        await SaveAsync(store, name);
        await other.Database.HashSetAsync(Keys.Job(name.Split('/')[1]), "owner", "ada");

        // Emptied, or one that knows another store.
        await other.ClearAsync();
        if (!emptied)
            await other.Database.StringSetAsync(Keys.MediaStore, "another");
        await cleaner.CleanAsync(TestContext.Current.CancellationToken);
        Assert.Equal([name, StoreTie.File], await NamesAsync(store));

        // The remedy that the log names.
        await store.DeleteAsync(StoreTie.File, TestContext.Current.CancellationToken);
        await cleaner.CleanAsync(TestContext.Current.CancellationToken);
        Assert.Equal([StoreTie.File], await NamesAsync(store));
    }

    [Fact(Timeout = 60_000)]
    public async Task Webs_that_start_at_once_tie_the_store_to_their_Redis()
    {
        var ties = Enumerable.Range(0, 8).Select(_ =>
        {
            using var cleaner = Cleaner(out var store, redis.Connect());
            return new StoreTie(store, redis.Connect());
        }).ToList();

        Assert.All(await Task.WhenAll(ties.Select(tie => tie.HoldsAsync(TestContext.Current.CancellationToken))), Assert.True);
        Assert.All(await Task.WhenAll(ties.Select(tie => tie.HoldsAsync(TestContext.Current.CancellationToken))), Assert.True);
    }

    [Fact(Timeout = 60_000)]
    public async Task It_looks_by_itself_within_the_time_that_is_set()
    {
        using var cleaner = Cleaner(out var store, redis.Connect());
        var id = NewId(24);
        await SaveAsync(store, $"jobs/{id}/image.png");
        var gone = Eventually.GoneAsync(_directory[$"jobs/{id}"]);

        await cleaner.StartAsync(TestContext.Current.CancellationToken);
        await _time.Waiting;
        Assert.False(gone.IsCompleted);
        _time.Advance(_every);
        await gone;

        await cleaner.StopAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose() => _directory.Dispose();

    private static Task<string> SaveAsync(IMediaStore store, string name) =>
        store.SaveAsync(name, new MemoryStream([1]), new(1, "image"), TestContext.Current.CancellationToken);

    private string NewId(double hoursAgo) => Guid.CreateVersion7(_time.GetUtcNow().AddHours(-hoursAgo)).ToString("n");

    private static async Task<IEnumerable<string>> NamesAsync(IMediaStore store) =>
        await store.ListAsync("", TestContext.Current.CancellationToken).Select(file => file.Name).Order().ToListAsync(TestContext.Current.CancellationToken);

    private OrphanFiles Cleaner(out IMediaStore store, RedisConnection connection)
    {
        var options = Options.Create(new MediaOptions { Directory = _directory.Path, Scratch = _directory["incoming"], CleanEvery = _every });
        store = new DiskMediaStore(options, TimeProvider.System);
        return new(store, new StoreTie(store, connection), connection, options, _time, NullLogger<OrphanFiles>.Instance);
    }

    /// <summary>A clock that tells when somebody begins to wait for it.</summary>
    private sealed class WaitedTime() : FakeTimeProvider(DateTimeOffset.UtcNow)
    {
        private readonly TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Waiting => _waiting.Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _waiting.TrySetResult();
            return timer;
        }
    }
}

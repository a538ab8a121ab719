using System.Globalization;
using System.Net;
using System.Net.ServerSentEvents;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Tests.Jobs;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Api;

public sealed class EventStreamTests : OwnRedisTests
{
    private static readonly VideoFacts _video = new(640, 640, 247, 25, 9.88, 1000, new string('a', 64));

    private readonly string _engine = Guid.NewGuid().ToString("n");
    private readonly Runner _runner;

    public EventStreamTests() => _runner = Requests.Runner(Guid.NewGuid().ToString("n"), _engine);

    [Fact(Timeout = 60_000)]
    public async Task A_watcher_sees_how_the_job_stands_and_then_every_change_in_order()
    {
        using var client = await Web.ClientAsync("ada");
        var id = await SubmitAsync();
        await using var news = client.NewsAsync(id).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await news.MoveNextAsync());
        Assert.Equal(("snapshot", "1"), (news.Current.EventType, news.Current.EventId));

        var first = await ClaimAsync();
        await BeatAsync(first, 10);
        await BeatAsync(first, 20);
        await Web.Jobs.ReleaseAsync(first);
        var second = await ClaimAsync();
        await Web.Jobs.CompleteAsync(second, _video);

        Assert.Equal(
            ["2 claimed running 0", "3 progress running 10", "4 progress running 20", "5 queued queued 0", "6 claimed running 0", "7 succeeded succeeded 100"],
            await RestAsync(news));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_watcher_that_comes_back_gets_what_it_missed_and_nothing_twice()
    {
        using var client = await Web.ClientAsync("ada");
        var id = await SubmitAsync();
        var attempt = await ClaimAsync();
        await BeatAsync(attempt, 10);
        await BeatAsync(attempt, 20);

        await using var news = client.NewsAsync(id, after: "2").GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await news.MoveNextAsync());
        var missed = Told(news.Current);
        await Web.Jobs.CancelAsync(id);

        Assert.Equal(["3 progress running 10", "4 progress running 20", "5 canceled canceled "], (await RestAsync(news)).Prepend(missed));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_watcher_that_missed_nothing_is_connected_at_once_and_told_of_the_next_change_only()
    {
        using var client = await Web.ClientAsync("ada");
        var id = await SubmitAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{JobsApi.Root}/{id}/events") { Headers = { { "Last-Event-ID", "1" } } };

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await Web.Jobs.CancelAsync(id);

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var item = Assert.Single(await SseParser.Create(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken)).EnumerateAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));
        Assert.Equal("2 canceled canceled ", Told(item));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("1")]
    [InlineData("9999")]
    [InlineData("no number")]
    public async Task A_cursor_that_is_too_old_or_not_known_gets_one_snapshot_and_goes_on(string cursor)
    {
        using var client = await Web.ClientAsync("ada");
        var id = await SubmitAsync();
        var attempt = await ClaimAsync();
        for (var step = 1; step <= 210; step++)
            await BeatAsync(attempt, step / 10d);

        await using var news = client.NewsAsync(id, cursor).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await news.MoveNextAsync());
        Assert.Equal(("snapshot", "212"), (news.Current.EventType, news.Current.EventId));
        Assert.Equal(21, JsonDocument.Parse(news.Current.Data).RootElement.GetProperty("percent").GetDouble());
        await BeatAsync(attempt, 50);
        await Web.Jobs.CancelAsync(id);

        Assert.Equal(["213 progress running 50", "214 canceled canceled "], await RestAsync(news));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_watcher_of_a_job_that_ended_gets_the_rest_and_then_is_told_to_stay_away()
    {
        using var client = await Web.ClientAsync("ada");
        var id = await SubmitAsync();
        await ClaimAsync();
        await Web.Jobs.CancelAsync(id);

        Assert.Equal(["3 canceled canceled "], await client.NewsAsync(id, "2").Select(Told).ToListAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["snapshot"], await client.NewsAsync(id).Select(item => item.EventType).ToListAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["snapshot"], await client.NewsAsync(id, "4").Select(item => item.EventType).ToListAsync(TestContext.Current.CancellationToken));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{JobsApi.Root}/{id}/events") { Headers = { { "Last-Event-ID", "3" } } };
        using var over = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, over.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task Somebody_else_s_events_are_not_there()
    {
        using var client = await Web.ClientAsync("somebody else");

        using var response = await client.GetAsync($"{JobsApi.Root}/{await SubmitAsync()}/events", TestContext.Current.CancellationToken);

        Assert.Equal("job_not_found", await response.ProblemCodeAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_watcher_that_does_not_read_is_not_buffered_for_and_sees_the_latest_state_once_it_reads()
    {
        var id = await SubmitAsync();
        using var slow = await SlowReaderAsync(await KeyAsync(), id);
        // 250 KB each: more than sockets take.
        var error = new JobError("big", "It broke.", "c", "r", [.. Enumerable.Repeat(new string('x', 2_500), 100)]);
        for (var failure = 0; failure < 40; failure++)
            await Web.Jobs.FailAsync(await ClaimAsync(), error);
        var attempt = await ClaimAsync();
        for (var step = 1; step <= 200; step++)
            await BeatAsync(attempt, step / 10d);
        await Web.Jobs.CancelAsync(id);
        var end = (await Web.Jobs.FindAsync(id))!.Sequence;

        var items = new List<(string Kind, long Sequence)>();
        await foreach (var item in SseParser.Create(Body(slow)).EnumerateAsync(TestContext.Current.CancellationToken))
            items.Add((item.EventType, long.Parse(item.EventId!, CultureInfo.InvariantCulture)));

        Assert.Equal(items.Select(item => item.Sequence).Distinct().Order(), items.Select(item => item.Sequence));
        Assert.Equal(end, items[^1].Sequence);
        Assert.InRange(items.Count, 2, end - 100);
        Assert.Contains(items.Skip(1), item => item.Kind == "snapshot");
    }

    [Fact(Timeout = 120_000)]
    public async Task Two_hundred_watchers_share_one_subscription_and_cost_Redis_no_reads_when_something_happens()
    {
        using var client = await Web.ClientAsync("ada");
        var id = await SubmitAsync();
        var attempt = await ClaimAsync();
        // What the claim sent without waiting has arrived, too.
        await BeatAsync(attempt, 0.5);
        var alone = await ReadsOfAsync(() => BeatAsync(attempt, 1));
        var watchers = Enumerable.Range(0, 200).Select(_ => client.NewsAsync(id).GetAsyncEnumerator(TestContext.Current.CancellationToken)).ToList();
        Assert.All(await Task.WhenAll(watchers.Select(watcher => watcher.MoveNextAsync().AsTask())), Assert.True);

        var watched = await ReadsOfAsync(async () =>
        {
            await BeatAsync(attempt, 2);
            await Task.WhenAll(watchers.Select(watcher => watcher.MoveNextAsync().AsTask()));
        });

        Assert.All(watchers, watcher => Assert.Equal("5 progress running 2", Told(watcher.Current)));
        Assert.Equal(1, await Redis.Server.SubscriptionSubscriberCountAsync(Keys.Events));
        Assert.InRange((await Redis.Server.ClientListAsync()).Count(connection => connection.Name == "multitalk-web"), 1, 2);
        Assert.Equal(alone, watched);
        await Web.Jobs.CancelAsync(id);
        foreach (var watcher in watchers)
        {
            Assert.True(await watcher.MoveNextAsync());
            await watcher.DisposeAsync();
        }
    }

    // The change is not published: as if that had happened while nobody listened.
    [Theory(Timeout = 25_000)]
    [InlineData("pubsub")]
    [InlineData("normal")]
    public async Task A_watcher_catches_up_after_a_connection_was_lost(string kind)
    {
        using var client = await Web.ClientAsync("ada");
        var id = await SubmitAsync();
        await using var news = client.NewsAsync(id).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await news.MoveNextAsync());

        await ChangeSilentlyAsync(id);
        await Redis.Database.ExecuteAsync("CLIENT", "KILL", "TYPE", kind);

        Assert.True(await news.MoveNextAsync());
        Assert.Equal(("snapshot", 7), (news.Current.EventType, JsonDocument.Parse(news.Current.Data).RootElement.GetProperty("priority").GetInt32()));
    }

    [Fact(Timeout = 25_000)]
    public async Task A_stream_goes_on_over_a_restart_of_Redis()
    {
        using var client = await Web.ClientAsync("ada");
        var id = await SubmitAsync();
        await using var news = client.NewsAsync(id).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await news.MoveNextAsync());
        await ChangeSilentlyAsync(id);

        await Redis.KillAsync();
        await Redis.LaunchAsync();

        Assert.True(await news.MoveNextAsync());
        Assert.Equal(("snapshot", "2"), (news.Current.EventType, news.Current.EventId));
        while (!await Tried(() => Web.Jobs.CancelAsync(id)))
        {
            // Its connection for commands is not back yet.
        }

        var last = news.Current;
        while (await news.MoveNextAsync())
            last = news.Current;
        Assert.Equal("3", last.EventId);
    }

    [Fact(Timeout = 30_000)]
    public async Task Streams_end_when_the_Web_stops()
    {
        using var client = await Web.ClientAsync("ada");
        var id = await SubmitAsync();
        await using var news = client.NewsAsync(id).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await news.MoveNextAsync());

        Web.Services.GetLifetime().StopApplication();

        Assert.False(await news.MoveNextAsync());
    }

    private static async Task<bool> Tried(Func<Task<bool>> write)
    {
        try
        {
            return await write();
        }
        catch (Exception exception) when (RedisConnection.IsAway(exception))
        {
            return false;
        }
    }

    private static string Told(SseItem<string> item)
    {
        var change = JsonDocument.Parse(item.Data).RootElement;
        var percent = change.TryGetProperty("percent", out var told) ? told.GetDouble().ToString(CultureInfo.InvariantCulture) : "";
        return $"{item.EventId} {item.EventType} {change.GetProperty("state").GetString()} {percent}";
    }

    private static async Task<IReadOnlyList<string>> RestAsync(IAsyncEnumerator<SseItem<string>> news)
    {
        var rest = new List<string>();
        while (await news.MoveNextAsync())
            rest.Add(Told(news.Current));
        return rest;
    }

    private async Task<string> SubmitAsync()
    {
        var id = JobStore.NewId();
        await Web.Jobs.SubmitAsync(new(id, "ada", Requests.For(_engine)));
        return id;
    }

    private async Task<Holder> ClaimAsync() => (await Web.Jobs.ClaimAsync(_runner, TestContext.Current.CancellationToken))!.Holder!;

    private async Task BeatAsync(Holder attempt, double percent) =>
        Assert.NotNull(await Web.Jobs.HeartbeatAsync(attempt, new(new(Phase.Sampling, percent, 1, 5), [])));

    private async Task ChangeSilentlyAsync(string id)
    {
        await Redis.Database.HashSetAsync(Keys.Job(id), "priority", 7);
        await Redis.Database.HashIncrementAsync(Keys.Job(id), "sequence");
    }

    // How often which command that reads ran meanwhile.
    private async Task<Dictionary<string, long>> ReadsOfAsync(Func<Task> happens)
    {
        await Redis.Server.ConfigResetStatisticsAsync();
        await happens();
        string[] reads = ["get", "hget", "hmget", "hgetall", "lrange", "zrange", "zscore", "smembers"];
        return (await Redis.Server.InfoAsync("commandstats")).SelectMany(group => group)
            .Select(entry => (Name: entry.Key["cmdstat_".Length..], Calls: long.Parse(entry.Value["calls=".Length..entry.Value.IndexOf(',', StringComparison.Ordinal)], CultureInfo.InvariantCulture)))
            .Where(entry => reads.Contains(entry.Name)).ToDictionary(entry => entry.Name, entry => entry.Calls);
    }

    private async Task<string> KeyAsync()
    {
        var key = Secret.New("mt_");
        await Web.Access.AddKeyAsync(key, new Grant("slow", "ada", [Scopes.Read]));
        return key;
    }

    // It asks, and reads nothing; what the kernel takes for it is small.
    private async Task<Socket> SlowReaderAsync(string key, string id)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(IPAddress.Loopback, Web.Address.Port, TestContext.Current.CancellationToken);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {JobsApi.Root}/{id}/events HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\r\n"), TestContext.Current.CancellationToken);
        // It has begun.
        await socket.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken);
        return socket;
    }

    // HTTP/1.0 has no chunks: the body is what comes after the headers, to the end.
    private static NetworkStream Body(Socket socket)
    {
        var stream = new NetworkStream(socket);
        for (var newlines = 0; newlines < 2;)
        {
            newlines = stream.ReadByte() switch { '\n' => newlines + 1, '\r' => newlines, _ => 0 };
        }

        return stream;
    }
}

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

public sealed class AllEventsTests : OwnRedisTests
{
    private static readonly VideoFacts _video = new(640, 640, 247, 25, 9.88, 1000, new string('a', 64));

    private readonly string _engine = Guid.NewGuid().ToString("n");
    private readonly Runner _runner;

    public AllEventsTests() => _runner = Requests.Runner(Guid.NewGuid().ToString("n"), _engine);

    [Fact(Timeout = 60_000)]
    public async Task A_watcher_sees_how_its_jobs_stand_and_then_their_changes_and_nobody_else_s()
    {
        using var ada = await Web.ClientAsync("ada");
        var (waiting, ended) = (await SubmitAsync("ada"), await SubmitAsync("ada"));
        await Web.Jobs.CancelAsync(ended);
        await SubmitAsync("bob");
        await using var feed = Feed(ada);
        Assert.Equal([waiting], await SnapshotAsync(feed));

        var other = await SubmitAsync("bob").WaitAsync(TestContext.Current.CancellationToken);
        await Web.Jobs.CancelAsync(other);
        await Web.Jobs.CancelAsync(waiting);

        var change = await NextAsync(feed, "job");
        Assert.Equal((waiting, "canceled"), (change.GetProperty("id").GetString(), change.GetProperty("state").GetString()));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("read-all", "", "ada bob")]
    [InlineData("read-all", "?owner=bob", "bob")]
    [InlineData("read", "?owner=eve", "")]
    [InlineData("read", "?owner=bob", null)]
    [InlineData("submit", "", null)]
    public async Task Everybody_s_jobs_are_followed_by_those_who_may_read_all(string scope, string query, string? owners)
    {
        using var client = await Web.ClientAsync("eve", scope);
        await SubmitAsync("ada");
        await SubmitAsync("bob");

        using var answer = await client.SendAsync(new(HttpMethod.Get, EventsApi.Root + query), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

        Assert.Equal(owners is null ? HttpStatusCode.Forbidden : HttpStatusCode.OK, answer.StatusCode);
        if (owners is null)
            return;
        await using var feed = Items(answer).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await feed.MoveNextAsync());
        var jobs = JsonDocument.Parse(feed.Current.Data).RootElement.GetProperty("jobs").EnumerateArray();
        Assert.Equal(owners, string.Join(' ', jobs.Select(job => job.GetProperty("owner").GetString()).Order(StringComparer.Ordinal)));
    }

    [Fact(Timeout = 60_000)]
    public async Task Many_changes_of_a_job_come_as_few_with_the_last_word_on_each_field()
    {
        using var ada = await Web.ClientAsync("ada");
        var id = await SubmitAsync("ada");
        await using var feed = Feed(ada);
        await SnapshotAsync(feed);

        var attempt = await ClaimAsync().WaitAsync(TestContext.Current.CancellationToken);
        for (var step = 1; step <= 100; step++)
            await Web.Jobs.HeartbeatAsync(attempt, new(new(Phase.Sampling, step / 2d, 1, 5), []));
        await Web.Jobs.CompleteAsync(attempt, _video);
        await Web.Jobs.ShareAsync(id, true);

        var changes = new List<JsonElement>();
        do
        {
            changes.Add(await NextAsync(feed, "job"));
        }
        while (!changes[^1].TryGetProperty("shared", out _));
        Assert.InRange(changes.Count, 1, 20);
        Assert.Equal("succeeded", changes[^1].GetProperty("state").GetString());
        Assert.Contains(changes, change => change.TryGetProperty("video", out var video) && video.GetProperty("frames").GetInt32() == 247);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_watcher_that_comes_back_to_a_restarted_Web_learns_what_ended_meanwhile()
    {
        using var ada = await Web.ClientAsync("ada");
        var (first, second) = (await SubmitAsync("ada"), await SubmitAsync("ada"));
        await using var feed = Feed(ada);
        await SnapshotAsync(feed);
        var last = feed.Current.EventId;

        await Web.DisposeAsync();
        // Ended by a Web that the watcher is not connected to.
        Web = new WebOn(Redis);
        await Web.Jobs.CancelAsync(first).WaitAsync(TestContext.Current.CancellationToken);
        await Web.Jobs.CancelAsync(await SubmitAsync("bob"));
        using var again = await Web.ClientAsync("ada");
        await using var rest = Feed(again, last);

        Assert.Equal([second, first], await SnapshotAsync(rest));
        Assert.Equal(2, JsonDocument.Parse(rest.Current.Data).RootElement.GetProperty("jobs").EnumerateArray().Select(job => job.GetProperty("state").GetString()).Distinct().Count());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_watcher_at_one_Web_sees_what_happens_at_another()
    {
        await using var other = new WebOn(Redis);
        using var ada = await Web.ClientAsync("ada");
        await using var feed = Feed(ada);
        await SnapshotAsync(feed);

        var id = JobStore.NewId();
        await other.Jobs.SubmitAsync(new(id, "ada", Requests.For(_engine))).WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(id, (await NextAsync(feed, "job")).GetProperty("id").GetString());
    }

    [Fact(Timeout = 60_000)]
    public async Task The_queue_and_the_runners_are_told_of_too()
    {
        using var ada = await Web.ClientAsync("ada");
        await using var feed = Feed(ada);
        await SnapshotAsync(feed);

        await Web.Jobs.PauseAsync("op", "Lunch").WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal("Lunch", (await NextAsync(feed, "queue")).GetProperty("pause").GetProperty("reason").GetString());
        await Web.Jobs.ResumeAsync();
        Assert.False((await NextAsync(feed, "queue")).TryGetProperty("pause", out _));
        await Web.Jobs.RegisterAsync(Requests.Registration(_runner.Id, _engine));
        await NextAsync(feed, "runners");
        await Web.Jobs.LeaveAsync(_runner.Id);
        await NextAsync(feed, "runners");
    }

    [Fact(Timeout = 180_000)]
    public async Task A_watcher_that_does_not_read_sees_the_latest_state_once_it_reads()
    {
        var key = Secret.New("mt_");
        await Web.Access.AddKeyAsync(key, new Grant("slow", "ada", [Scopes.Read]));
        using var slow = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await slow.ConnectAsync(IPAddress.Loopback, Web.Address.Port, TestContext.Current.CancellationToken);
        await slow.SendAsync(Encoding.ASCII.GetBytes($"GET {EventsApi.Root} HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\r\n"), TestContext.Current.CancellationToken);
        await slow.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken);
        var id = await SubmitAsync("ada");
        // 250 KB each: more than sockets take.
        var error = new JobError("big", "It broke.", "c", "r", [.. Enumerable.Repeat(new string('x', 2_500), 100)]);
        for (var failure = 0; failure < 60; failure++)
            await Web.Jobs.FailAsync(await ClaimAsync(), error);
        var attempt = await ClaimAsync();
        for (var step = 1; step <= 700; step++)
            await Web.Jobs.HeartbeatAsync(attempt, new(new(Phase.Sampling, step / 10d, 1, 5), []));
        await Web.Jobs.CancelAsync(id);

        var count = 0;
        await foreach (var item in SseParser.Create(Body(slow)).EnumerateAsync(TestContext.Current.CancellationToken))
        {
            count++;
            if (item.Data.Contains("canceled", StringComparison.Ordinal))
                break;
        }

        Assert.InRange(count, 1, 200);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Streams_end_with_the_key_that_opened_them(bool gone)
    {
        await using var web = new WebOn(Redis, ("Access:CheckPages", "00:00:00.1"));
        var (key, other) = (Secret.New("mt_"), Secret.New("mt_"));
        await web.Access.AddKeyAsync(key, new Grant("ends", "ada", [Scopes.Read]));
        await web.Access.AddKeyAsync(other, new Grant("stays", "ada", [Scopes.Read]));
        var id = await SubmitAsync("ada");
        using var client = web.Stranger();
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        using var stays = web.Stranger();
        stays.DefaultRequestHeaders.Authorization = new("Bearer", other);
        await using var all = Feed(client);
        await using var one = client.NewsAsync(id).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        await using var kept = Feed(stays);
        Assert.True(await all.MoveNextAsync() && await one.MoveNextAsync() && await kept.MoveNextAsync());

        if (gone)
            await web.Access.RemoveKeysAsync("ends");
        else
            await web.Access.ChangeKeyAsync("ends", grant => grant with { Scopes = [Scopes.Submit] });

        Assert.False(await all.MoveNextAsync());
        Assert.False(await one.MoveNextAsync());
        await web.Jobs.CancelAsync(id);
        Assert.True(await kept.MoveNextAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_hundred_watchers_share_one_subscription_and_end_when_the_Web_stops()
    {
        using var ada = await Web.ClientAsync("ada");
        var feeds = Enumerable.Range(0, 100).Select(_ => FeedAsync(ada, null).GetAsyncEnumerator(TestContext.Current.CancellationToken)).ToList();
        Assert.All(await Task.WhenAll(feeds.Select(feed => feed.MoveNextAsync().AsTask())), Assert.True);
        await SubmitAsync("ada");
        Assert.All(await Task.WhenAll(feeds.Select(feed => feed.MoveNextAsync().AsTask())), Assert.True);
        Assert.Equal(1, await Redis.Server.SubscriptionSubscriberCountAsync(Keys.Events));

        Web.Services.GetLifetime().StopApplication();

        Assert.All(await Task.WhenAll(feeds.Select(feed => feed.MoveNextAsync().AsTask())), Assert.False);
        foreach (var feed in feeds)
            await feed.DisposeAsync();
    }

    private static IAsyncEnumerator<SseItem<string>> Feed(HttpClient client, string? after = null) => FeedAsync(client, after).GetAsyncEnumerator(TestContext.Current.CancellationToken);

    private static async IAsyncEnumerable<SseItem<string>> FeedAsync(HttpClient client, string? after)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, EventsApi.Root);
        if (after is not null)
            request.Headers.Add("Last-Event-ID", after);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        await foreach (var item in Items(response))
            yield return item;
    }

    private static async IAsyncEnumerable<SseItem<string>> Items(HttpResponseMessage response)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(TestContext.Current.CancellationToken))
            yield return item;
    }

    // The ids of its jobs.
    private static async Task<IEnumerable<string?>> SnapshotAsync(IAsyncEnumerator<SseItem<string>> feed) =>
        (await NextAsync(feed, "snapshot")).GetProperty("jobs").EnumerateArray().Select(job => job.GetProperty("id").GetString()).ToList();

    private static async Task<JsonElement> NextAsync(IAsyncEnumerator<SseItem<string>> feed, string kind)
    {
        Assert.True(await feed.MoveNextAsync());
        Assert.Equal(kind, feed.Current.EventType);
        return JsonDocument.Parse(feed.Current.Data).RootElement;
    }

    private static NetworkStream Body(Socket socket)
    {
        var stream = new NetworkStream(socket);
        for (var newlines = 0; newlines < 2;)
        {
            newlines = stream.ReadByte() switch { '\n' => newlines + 1, '\r' => newlines, _ => 0 };
        }

        return stream;
    }

    private async Task<string> SubmitAsync(string owner)
    {
        var id = JobStore.NewId();
        await Web.Jobs.SubmitAsync(new(id, owner, Requests.For(_engine)));
        return id;
    }

    private async Task<Holder> ClaimAsync() => (await Web.Jobs.ClaimAsync(_runner, TestContext.Current.CancellationToken))!.Holder!;
}

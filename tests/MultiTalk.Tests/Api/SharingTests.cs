using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;
using MultiTalk.Tests.Jobs;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Api;

public sealed class SharingTests(QueueOnlyWeb web) : IClassFixture<QueueOnlyWeb>
{
    private readonly string _engine = Guid.NewGuid().ToString("n");
    private readonly string _owner = Guid.NewGuid().ToString("n");

    [Fact(Timeout = 60_000)]
    public async Task A_shared_job_can_be_seen_by_everybody_who_may_read_and_changed_by_nobody_else()
    {
        using var owner = await web.ClientAsync(_owner);
        using var other = await web.ClientAsync("somebody else");
        using var submitter = await web.ClientAsync("somebody else", Scopes.Submit);
        var id = await SubmitAsync();
        Assert.Equal(["job_not_found", "job_not_found", "job_not_found", "job_not_found", "job_not_found"], await CodesAsync(other, id));
        Assert.Equal("job_not_found", await (await ShareAsync(other, id, true)).ProblemCodeAsync());

        Assert.True((await (await ShareAsync(owner, id, true)).JobAsync()).Shared);

        // There is no video and no picture of this job; that may be known now.
        Assert.Equal([null, "video_not_found", "thumbnail_not_found", null, null], await CodesAsync(other, id));
        Assert.Equal(HttpStatusCode.Forbidden, (await submitter.GetAsync($"{JobsApi.Root}/{id}", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await ShareAsync(other, id, false)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await other.DeleteAsync($"{JobsApi.Root}/{id}", TestContext.Current.CancellationToken)).StatusCode);
        await web.Jobs.CancelAsync(id);
        Assert.Equal(HttpStatusCode.Forbidden, (await other.PostAsync($"{JobsApi.Root}/{id}/retry", null, TestContext.Current.CancellationToken)).StatusCode);

        await ShareAsync(owner, id, false);
        Assert.Equal("job_not_found", (await CodesAsync(other, id))[0]);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(Scopes.Operate)]
    [InlineData(Scopes.Operate, Scopes.Read)]
    [InlineData(Scopes.Operate, Scopes.Read, Scopes.Submit)]
    public async Task Who_moves_everybody_s_jobs_gives_none_of_them_away(params string[] scopes)
    {
        using var operators = await web.ClientAsync("an operator", scopes);
        using var reader = await web.ClientAsync("somebody else");
        var id = await SubmitAsync();

        using var refused = await ShareAsync(operators, id, true);
        using var moved = await operators.PatchAsJsonAsync($"{JobsApi.Root}/{id}", new { front = true }, TestContext.Current.CancellationToken);

        Assert.Equal("not_allowed", await refused.ProblemCodeAsync());
        Assert.Equal(HttpStatusCode.NoContent, moved.StatusCode);
        Assert.Equal("job_not_found", (await CodesAsync(reader, id))[0]);
        using var all = await web.ClientAsync("an operator who sees", Scopes.Operate, Scopes.ReadAll);
        Assert.True((await (await ShareAsync(all, id, true)).JobAsync()).Shared);
    }

    [Fact(Timeout = 60_000)]
    public async Task Lists_show_what_is_shared_only_where_that_is_asked_for()
    {
        using var other = await web.ClientAsync("somebody else");
        var (shared, kept) = (await SubmitAsync(), await SubmitAsync());
        await web.Jobs.ShareAsync(shared, true);

        Assert.Equal([shared], await ListAsync(other, $"?shared=true&engine={_engine}"));
        Assert.Equal([shared], await ListAsync(other, $"?shared=true&owner={_owner}"));
        Assert.Empty(await ListAsync(other, $"?engine={_engine}"));
        using var refused = await other.GetAsync($"{JobsApi.Root}?owner={_owner}", TestContext.Current.CancellationToken);
        Assert.Equal("not_allowed", await refused.ProblemCodeAsync());
        using var owner = await web.ClientAsync(_owner);
        Assert.Equal([kept, shared], await ListAsync(owner, ""));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_job_that_ended_and_is_shared_twice_is_told_once_and_the_streams_end()
    {
        using var owner = await web.ClientAsync(_owner);
        var id = await SubmitAsync();
        await web.Jobs.CancelAsync(id);
        await ShareAsync(owner, id, true);
        await ShareAsync(owner, id, true);

        Assert.Equal(["2 canceled", "3 shared"], await owner.NewsAsync(id, "1").Take(1).Concat(owner.NewsAsync(id, "2")).Select(item => $"{item.EventId} {item.EventType}").ToListAsync(TestContext.Current.CancellationToken));
        Assert.Equal(3, (await web.Jobs.FindAsync(id))!.Sequence);
    }

    [Fact(Timeout = 60_000)]
    public async Task Who_watches_a_shared_job_sees_nothing_more_once_it_is_not()
    {
        using var owner = await web.ClientAsync(_owner);
        using var other = await web.ClientAsync("somebody else");
        var id = await SubmitAsync();
        await web.Jobs.ShareAsync(id, true);
        await using var theirs = other.NewsAsync(id).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        await using var own = owner.NewsAsync(id).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await theirs.MoveNextAsync() && await own.MoveNextAsync());

        await web.Jobs.ShareAsync(id, false);
        await web.Jobs.CancelAsync(id);

        Assert.False(await theirs.MoveNextAsync());
        Assert.Equal(["unshared queued", "canceled canceled"], [await ToldAsync(own), await ToldAsync(own)]);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_queue_tells_nothing_of_others_but_that_they_wait()
    {
        using var other = await web.ClientAsync("somebody else");
        var (shared, kept) = (await SubmitAsync(), await SubmitAsync());
        await web.Jobs.ShareAsync(shared, true);

        var text = await other.GetStringAsync(QueueApi.Root, TestContext.Current.CancellationToken);
        var queue = JsonSerializer.Deserialize<QueueDocument>(text, JsonSerializerOptions.Web)!;

        Assert.Equal([(1L, shared, _owner), (2L, null, null)], queue.Items.Where(item => item.Engine == _engine).Select(item => (item.Position, item.Id, item.Owner)));
        Assert.DoesNotContain(kept, text, StringComparison.Ordinal);
        using var operators = await web.ClientAsync("op", Scopes.ReadAll);
        Assert.Contains(kept, await operators.GetStringAsync(QueueApi.Root, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Lists_can_be_asked_for_a_time_and_for_the_retries_of_a_job()
    {
        using var owner = await web.ClientAsync(_owner);
        var first = await SubmitAsync();
        var time = Uri.EscapeDataString(DateTimeOffset.UtcNow.AddMinutes(1).ToString("O"));
        var retry = JobStore.NewId();
        await web.Jobs.SubmitAsync(new(retry, _owner, Requests.For(_engine)) { RetryOf = first });

        Assert.Equal([retry], await ListAsync(owner, $"?retryOf={first}"));
        Assert.Equal([retry, first], await ListAsync(owner, $"?until={time}"));
        Assert.Empty(await ListAsync(owner, $"?since={time}"));
        Assert.Empty(await ListAsync(owner, "?until=2020-01-01"));
        Assert.Equal([retry, first], await ListAsync(owner, "?since=2020-01-01&state=queued"));
        using var refused = await owner.GetAsync($"{JobsApi.Root}?since=yesterday", TestContext.Current.CancellationToken);
        Assert.Equal("time_unknown", await refused.ProblemCodeAsync());
    }

    private static Task<HttpResponseMessage> ShareAsync(HttpClient client, string id, bool shared) =>
        client.PatchAsJsonAsync($"{JobsApi.Root}/{id}", new { shared }, TestContext.Current.CancellationToken);

    private static async Task<string> ToldAsync(IAsyncEnumerator<SseItem<string>> news)
    {
        Assert.True(await news.MoveNextAsync());
        return $"{news.Current.EventType} {JsonDocument.Parse(news.Current.Data).RootElement.GetProperty("state").GetString()}";
    }

    private static async Task<IEnumerable<string>> ListAsync(HttpClient client, string query) =>
        (await client.GetFromJsonAsync<JobPage>(JobsApi.Root + query, TestContext.Current.CancellationToken))!.Items.Select(job => job.Id).ToList();

    // Of the document, the video, the picture, the log and the events; null for what is answered.
    private static async Task<List<string?>> CodesAsync(HttpClient client, string id)
    {
        var codes = new List<string?>();
        foreach (var path in new[] { "", "/video", "/thumbnail", "/log", "/events" })
        {
            using var answer = await client.SendAsync(new(HttpMethod.Get, $"{JobsApi.Root}/{id}{path}"), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
            codes.Add(answer.IsSuccessStatusCode ? null : await answer.ProblemCodeAsync());
        }

        return codes;
    }

    private async Task<string> SubmitAsync()
    {
        var id = JobStore.NewId();
        await web.Jobs.SubmitAsync(new(id, _owner, Requests.For(_engine)));
        return id;
    }
}

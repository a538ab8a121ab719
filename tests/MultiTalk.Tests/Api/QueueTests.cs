using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Tests.Jobs;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Api;

public sealed class QueueTests(QueueOnlyWeb web) : IClassFixture<QueueOnlyWeb>
{
    private readonly string _owner = Guid.NewGuid().ToString("n");
    private readonly string _engine = Guid.NewGuid().ToString("n");
    private readonly string _runner = Guid.NewGuid().ToString("n");

    public static TheoryData<string, string, string, HttpStatusCode> BadBodies { get; } = new()
    {
        { "PATCH", "jobs/{job}", "", HttpStatusCode.BadRequest },
        { "PATCH", "jobs/{job}", "null", HttpStatusCode.BadRequest },
        { "PATCH", "jobs/{job}", "[]", HttpStatusCode.BadRequest },
        { "PATCH", "jobs/{job}", """{"priority":1.5}""", HttpStatusCode.BadRequest },
        { "PATCH", "jobs/{job}", """{"priority":99999999999}""", HttpStatusCode.BadRequest },
        { "PATCH", "jobs/{job}", """{"front":null}""", HttpStatusCode.BadRequest },
        { "PATCH", "jobs/{job}", "HUGE", HttpStatusCode.RequestEntityTooLarge },
        { "POST", "jobs/{job}/retry", """{"newSeed":"yes"}""", HttpStatusCode.BadRequest },
        { "POST", "jobs/{job}/retry", "HUGE", HttpStatusCode.RequestEntityTooLarge },
        { "POST", "queue/pause", """{"reason":7}""", HttpStatusCode.BadRequest },
        { "POST", "queue/pause", "{", HttpStatusCode.BadRequest },
        { "POST", "queue/pause", "HUGE", HttpStatusCode.RequestEntityTooLarge },
        { "POST", "runners/0123456789abcdef0123456789abcdef/drain", """{"now":"maybe"}""", HttpStatusCode.BadRequest },
        { "POST", "runners/0123456789abcdef0123456789abcdef/drain", "HUGE", HttpStatusCode.RequestEntityTooLarge },
    };

    [Theory]
    [MemberData(nameof(BadBodies))]
    public async Task A_body_that_makes_no_sense_is_refused_and_changes_nothing(string method, string path, string body, HttpStatusCode status)
    {
        using var client = await web.ClientAsync(_owner, [.. Scopes.All]);
        var id = await SubmitAsync();
        var json = body == "HUGE" ? $$"""{"reason":"{{new string('x', 100_000)}}"}""" : body;

        using var answer = await client.SendAsync(
            new(new(method), "/api/v1/" + path.Replace("{job}", id, StringComparison.Ordinal)) { Content = new StringContent(json, Encoding.UTF8, "application/json") }, Cancellation);

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(status == HttpStatusCode.BadRequest ? "bad_request" : "message_too_large", await answer.ProblemCodeAsync());
        Assert.Equal((JobState.Queued, 0, 1), (await web.Jobs.FindAsync(id)) is { } job ? (job.State, job.Priority, job.Sequence) : default);
        Assert.Null(await web.Jobs.PauseAsync());
    }

    [Theory]
    [InlineData("""{"priority":-10}""", "submit,read", HttpStatusCode.OK, null, -10)]
    [InlineData("""{"priority":0}""", "submit,read", HttpStatusCode.OK, null, 0)]
    [InlineData("""{"priority":1}""", "submit,read", HttpStatusCode.Forbidden, "priority_reserved", 0)]
    [InlineData("""{"front":true}""", "submit,read", HttpStatusCode.Forbidden, "priority_reserved", 0)]
    [InlineData("""{"priority":10}""", "submit,read,operate", HttpStatusCode.OK, null, 10)]
    [InlineData("""{"front":true,"priority":3}""", "submit,read,operate", HttpStatusCode.OK, null, 3)]
    [InlineData("""{"priority":11}""", "submit,read,operate", HttpStatusCode.BadRequest, "priority_invalid", 0)]
    [InlineData("""{"priority":-11}""", "submit,read", HttpStatusCode.BadRequest, "priority_invalid", 0)]
    [InlineData("""{"priority":-1}""", "read", HttpStatusCode.Forbidden, "not_allowed", 0)]
    public async Task One_s_own_job_can_be_put_back_and_only_an_operator_puts_one_before_others(string body, string scopes, HttpStatusCode status, string? code, int priority)
    {
        using var client = await web.ClientAsync(_owner, scopes.Split(','));
        var id = await SubmitAsync();

        using var answer = await MoveAsync(client, id, body);

        Assert.Equal(status, answer.StatusCode);
        if (code is null)
            Assert.Equal(priority, (await answer.JobAsync()).Priority);
        else
            Assert.Equal(code, await answer.ProblemCodeAsync());
        Assert.Equal(priority, (await web.Jobs.FindAsync(id))!.Priority);
    }

    [Fact]
    public async Task A_move_changes_the_order_and_one_that_asks_for_nothing_does_not()
    {
        using var client = await web.ClientAsync(_owner, [.. Scopes.All]);
        var (first, second, third) = (await SubmitAsync(), await SubmitAsync(), await SubmitAsync());

        Assert.Equal(1, (await (await MoveAsync(client, first, "{}")).JobAsync()).Position);
        Assert.Equal(3, (await (await MoveAsync(client, first, """{"priority":-1}""")).JobAsync()).Position);
        Assert.Equal(1, (await (await MoveAsync(client, third, """{"front":true}""")).JobAsync()).Position);

        Assert.Equal([third, second, first], [await ClaimAsync(), await ClaimAsync(), await ClaimAsync()]);
        using var late = await MoveAsync(client, first, """{"priority":-1}""");
        using var nothing = await MoveAsync(client, first, "{}");
        Assert.Equal(["job_not_queued", "job_not_queued"], [await late.ProblemCodeAsync(), await nothing.ProblemCodeAsync()]);
    }

    [Theory]
    [InlineData("submit,read", HttpStatusCode.NotFound)]
    [InlineData("submit,read-all", HttpStatusCode.Forbidden)]
    [InlineData("read-all", HttpStatusCode.Forbidden)]
    [InlineData("operate,read-all", HttpStatusCode.OK)]
    [InlineData("operate", HttpStatusCode.NoContent)]
    public async Task Somebody_else_s_job_is_moved_by_operators_and_shown_to_those_who_may_see_it(string scopes, HttpStatusCode status)
    {
        using var client = await web.ClientAsync("somebody else", scopes.Split(','));
        var id = await SubmitAsync();

        using var answer = await MoveAsync(client, id, """{"priority":-1}""");

        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task A_retry_is_a_new_job_of_the_same_request_and_seed_or_with_another_seed()
    {
        using var client = await web.ClientAsync(_owner);
        var id = await SubmitAsync();
        using var early = await client.PostAsync($"{JobsApi.Root}/{id}/retry", null, Cancellation);
        await web.Jobs.CancelAsync(id);

        var same = await (await client.PostAsync($"{JobsApi.Root}/{id}/retry", null, Cancellation)).JobAsync();
        var other = await (await client.PostAsJsonAsync($"{JobsApi.Root}/{id}/retry", new RetryRequest(NewSeed: true), Cancellation)).JobAsync();

        Assert.Equal("job_not_ended", await early.ProblemCodeAsync());
        var seed = (await web.Jobs.FindAsync(id))!.Plan.Seed;
        Assert.Equal((id, seed, JobState.Queued), (same.RetryOf, same.Seed, same.State));
        Assert.Equal((id, JobState.Queued), (other.RetryOf, other.State));
        Assert.NotEqual(seed, other.Seed);
        Assert.Equal(3, new[] { id, same.Id, other.Id }.Distinct().Count());
    }

    [Fact]
    public async Task A_retry_of_what_is_not_there_says_so()
    {
        using var client = await web.ClientAsync(_owner);
        using var other = await web.ClientAsync("somebody else");
        using var reader = await web.ClientAsync(_owner, Scopes.Read);
        var id = JobStore.NewId();
        await web.Jobs.SubmitAsync(new(id, _owner, Requests.For(_engine) with { Inputs = [new("image.png", 1, "")] }));
        await web.Jobs.CancelAsync(id);

        using var gone = await client.PostAsync($"{JobsApi.Root}/{id}/retry", null, Cancellation);
        using var hidden = await other.PostAsync($"{JobsApi.Root}/{id}/retry", null, Cancellation);
        using var forbidden = await reader.PostAsync($"{JobsApi.Root}/{id}/retry", null, Cancellation);

        Assert.Equal(["inputs_gone", "job_not_found", "not_allowed"], [await gone.ProblemCodeAsync(), await hidden.ProblemCodeAsync(), await forbidden.ProblemCodeAsync()]);
        Assert.Equal(HttpStatusCode.Gone, gone.StatusCode);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(web.Data, "media", "incoming")));
    }

    [Fact]
    public async Task Jobs_are_listed_by_state_and_engine_and_of_others_only_to_those_who_may_see_them()
    {
        using var client = await web.ClientAsync(_owner);
        using var auditor = await web.ClientAsync("auditor", Scopes.ReadAll);
        var (queued, canceled) = (await SubmitAsync(), await SubmitAsync());
        await web.Jobs.CancelAsync(canceled);
        string[] both = [.. new[] { queued, canceled }.OrderDescending(StringComparer.Ordinal)];

        Assert.Equal(both, await ListAsync(client, ""));
        Assert.Equal([queued], await ListAsync(client, "state=queued"));
        Assert.Equal([canceled], await ListAsync(client, $"state=canceled&engine={_engine}&owner={_owner}"));
        Assert.Empty(await ListAsync(client, "engine=preview"));
        Assert.Equal(both, await ListAsync(auditor, $"owner={_owner}"));
        Assert.Equal([queued], await ListAsync(auditor, $"state=queued&engine={_engine}"));
        Assert.Empty(await ListAsync(auditor, "owner=nobody"));
        using var another = await client.GetAsync(JobsApi.Root + "?owner=auditor", Cancellation);
        using var unknown = await client.GetAsync(JobsApi.Root + "?state=Queued", Cancellation);
        Assert.Equal(["not_allowed", "state_unknown"], [await another.ProblemCodeAsync(), await unknown.ProblemCodeAsync()]);
    }

    [Fact]
    public async Task Pages_hold_every_job_once_while_jobs_come_and_go()
    {
        using var client = await web.ClientAsync(_owner);
        var ids = new List<string>();
        for (var job = 0; job < 7; job++)
            ids.Add(await SubmitAsync());
        // Those of one millisecond have no order but that of their names.
        ids = [.. ids.OrderDescending(StringComparer.Ordinal)];

        var (first, cursor) = await PageAsync(client, "limit=3");
        await SubmitAsync();
        // The last of the page before is the cursor; it goes.
        await web.Jobs.CancelAsync(first[^1]);
        var (second, next) = await PageAsync(client, $"limit=3&cursor={cursor}");
        await SubmitAsync();
        var (third, end) = await PageAsync(client, $"limit=3&cursor={next}");

        Assert.Equal(ids, [.. first, .. second, .. third]);
        Assert.Null(end);
        var (states, _) = await PageAsync(client, $"state=queued&limit=200&cursor={cursor}");
        Assert.Equal(ids[3..], states);
    }

    [Fact]
    public async Task A_runner_is_drained_and_resumed_by_operators()
    {
        using var operators = await web.ClientAsync(_owner, Scopes.Operate);
        using var user = await web.ClientAsync(_owner);
        using var runner = await web.RunnerClientAsync();
        using var registered = await runner.PostAsJsonAsync(RunnerProtocol.Register, Requests.Registration(_runner, _engine), Cancellation);
        var id = await SubmitAsync();
        await ClaimAsync();
        var beat = new Heartbeat(new(Phase.Sampling, 1, 1, 5), []);

        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(user, $"{RunnersApi.Root}/{_runner}/drain", null));
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync(operators, $"{RunnersApi.Root}/{Guid.NewGuid():n}/drain", null));
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync(operators, $"{RunnersApi.Root}/{Guid.NewGuid():n}/resume", null));
        Assert.Equal(HttpStatusCode.NoContent, await PostAsync(operators, $"{RunnersApi.Root}/{_runner}/drain", null));
        Assert.Equal(("finish", RunnerCommand.Continue), (await DrainOfAsync(user), await BeatAsync()));
        Assert.Equal(HttpStatusCode.NoContent, await PostAsync(operators, $"{RunnersApi.Root}/{_runner}/drain", new DrainRequest(Now: true)));
        Assert.Equal(("now", RunnerCommand.Drain), (await DrainOfAsync(user), await BeatAsync()));
        await web.Jobs.ReleaseAsync(new(id, 1, _runner));
        Assert.Null(await ClaimAsync());
        Assert.Equal(HttpStatusCode.NoContent, await PostAsync(operators, $"{RunnersApi.Root}/{_runner}/resume", null));
        Assert.Equal(("none", id), (await DrainOfAsync(user), await ClaimAsync()));

        async Task<RunnerCommand?> BeatAsync()
        {
            using var answer = await runner.PostAsJsonAsync($"{RunnerProtocol.Attempt(_runner, id, 1)}/heartbeat", beat, Cancellation);
            return (await answer.Content.ReadFromJsonAsync(ContractsJson.Default.HeartbeatAnswer, Cancellation))?.Command;
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static Task<HttpResponseMessage> MoveAsync(HttpClient client, string id, string body) =>
        client.PatchAsync($"{JobsApi.Root}/{id}", new StringContent(body, Encoding.UTF8, "application/json"), Cancellation);

    private static async Task<HttpStatusCode> PostAsync(HttpClient client, string path, DrainRequest? drain)
    {
        using var answer = drain is null ? await client.PostAsync(path, null, Cancellation) : await client.PostAsJsonAsync(path, drain, Cancellation);
        return answer.StatusCode;
    }

    private static async Task<IReadOnlyList<string>> ListAsync(HttpClient client, string query) => (await PageAsync(client, query)).Ids;

    private static async Task<(IReadOnlyList<string> Ids, string? Next)> PageAsync(HttpClient client, string query)
    {
        var page = await client.GetFromJsonAsync<JobPage>($"{JobsApi.Root}?{query}", Cancellation);
        return ([.. page!.Items.Select(job => job.Id)], page.Next);
    }

    private async Task<string?> DrainOfAsync(HttpClient client) => (await client.GetFromJsonAsync<JsonElement>(RunnersApi.Root, Cancellation))
        .GetProperty("items").EnumerateArray().Single(entry => entry.GetProperty("id").GetString() == _runner).GetProperty("drain").GetString();

    private async Task<string?> ClaimAsync() => (await web.Jobs.ClaimAsync(Requests.Runner(_runner, _engine), Cancellation))?.Id;

    private async Task<string> SubmitAsync()
    {
        var id = JobStore.NewId();
        await web.Jobs.SubmitAsync(new(id, _owner, Requests.For(_engine)));
        return id;
    }
}

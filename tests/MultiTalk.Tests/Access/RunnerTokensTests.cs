using System.Net;
using System.Net.Http.Json;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Tests.Jobs;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;

namespace MultiTalk.Tests.Access;

public sealed class RunnerTokensTests(QueueOnlyWeb web) : IClassFixture<QueueOnlyWeb>
{
    private readonly string _mine = Guid.NewGuid().ToString("n");
    private readonly string _other = Guid.NewGuid().ToString("n");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_belongs_to_the_runner_that_registers_first_with_it()
    {
        using var runner = await NewAsync();
        using var another = await NewAsync();

        Assert.Equal(HttpStatusCode.NoContent, await RegisterAsync(runner, _mine));
        Assert.Equal(HttpStatusCode.NoContent, await RegisterAsync(runner, _mine));
        // Neither does it speak for another, nor another for its runner, with a token of its own or with one that many share.
        Assert.Equal(HttpStatusCode.Forbidden, await RegisterAsync(runner, _other));
        Assert.Equal(HttpStatusCode.Forbidden, await RegisterAsync(another, _mine));
        using var shared = await web.RunnerClientAsync();
        Assert.Equal(HttpStatusCode.Forbidden, await RegisterAsync(shared, _mine));
        Assert.Equal(HttpStatusCode.NoContent, await RegisterAsync(another, _other));
    }

    [Fact]
    public async Task A_runner_that_came_with_a_shared_token_is_not_taken_over()
    {
        using var shared = await web.RunnerClientAsync();
        using var runner = await NewAsync();
        await RegisterAsync(shared, _mine);

        Assert.Equal(HttpStatusCode.Forbidden, await RegisterAsync(runner, _mine));
        Assert.Equal(HttpStatusCode.NoContent, await RegisterAsync(shared, _mine));
    }

    [Theory]
    [InlineData("POST", "/runner/v1/register")]
    [InlineData("POST", "/runner/v1/claim")]
    [InlineData("POST", "/runner/v1/leave")]
    [InlineData("POST", "heartbeat")]
    [InlineData("GET", "inputs/image.png")]
    [InlineData("PUT", "output")]
    [InlineData("POST", "complete")]
    [InlineData("POST", "fail")]
    [InlineData("POST", "release")]
    public async Task Every_endpoint_refuses_who_speaks_for_another_s_runner(string method, string path)
    {
        using var runner = await NewAsync();
        using var thief = await NewAsync();
        await RegisterAsync(runner, _mine);
        await RegisterAsync(thief, _other);
        object body = path switch
        {
            RunnerProtocol.Register => Requests.Registration(_mine, "preview"),
            RunnerProtocol.ClaimNext => new ClaimRequest(_mine, [], []),
            RunnerProtocol.Leave => new LeaveRequest(_mine),
            "complete" => new VideoFacts(1, 1, 1, 25, 1, 1, new('a', 64)),
            "fail" => new JobError("code", "title", "cause", "remedy", []),
            _ => new Heartbeat(new(Phase.Sampling, 0, 1, 1), []),
        };
        using var request = new HttpRequestMessage(new(method), path[0] == '/' ? path : $"{RunnerProtocol.Attempt(_mine, new('b', 32), 1)}/{path}") { Content = JsonContent.Create(body, body.GetType()) };

        using var answer = await thief.SendAsync(request, Cancellation);

        Assert.Equal("runner_not_yours", await answer.ProblemCodeAsync());
    }

    [Fact]
    public async Task A_revoked_token_is_refused_at_once_and_its_runner_comes_back_with_another()
    {
        using var admin = await web.ClientAsync("root", Scopes.Administer);
        var made = await MakeAsync(admin);
        using var runner = With(made.Token!);
        using var next = await NewAsync();
        await RegisterAsync(runner, _mine);
        var listed = await admin.GetFromJsonAsync<RunnerTokenPage>(RunnerTokensApi.Root, Cancellation);

        using var revoked = await admin.DeleteAsync($"{RunnerTokensApi.Root}/{made.Id}", Cancellation);
        using var again = await admin.DeleteAsync($"{RunnerTokensApi.Root}/{made.Id}", Cancellation);

        Assert.Equal(_mine, listed!.Items.Single(token => token.Id == made.Id).Runner);
        Assert.All(listed.Items, token => Assert.Null(token.Token));
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NotFound), (revoked.StatusCode, again.StatusCode));
        Assert.Equal(HttpStatusCode.Unauthorized, await RegisterAsync(runner, _mine));
        Assert.Equal(HttpStatusCode.NoContent, await RegisterAsync(next, _mine));
    }

    [Fact]
    public async Task Two_that_register_at_once_do_not_both_get_the_runner()
    {
        using var one = await NewAsync();
        using var two = await NewAsync();

        var answers = await Task.WhenAll(RegisterAsync(one, _mine), RegisterAsync(two, _mine));

        Assert.Equal([HttpStatusCode.NoContent, HttpStatusCode.Forbidden], answers.Order());
    }

    private async Task<HttpClient> NewAsync()
    {
        using var admin = await web.ClientAsync("root", Scopes.Administer);
        return With((await MakeAsync(admin)).Token!);
    }

    private static async Task<RunnerTokenDocument> MakeAsync(HttpClient admin)
    {
        using var response = await admin.PostAsJsonAsync(RunnerTokensApi.Root, new NewRunnerTokenRequest("a runner"), Cancellation);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<RunnerTokenDocument>(Cancellation))!;
    }

    private static async Task<HttpStatusCode> RegisterAsync(HttpClient runner, string id)
    {
        using var response = await runner.PostAsJsonAsync(RunnerProtocol.Register, Requests.Registration(id, "preview"), Cancellation);
        return response.StatusCode;
    }

    private HttpClient With(string token)
    {
        var client = web.Stranger();
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return client;
    }
}

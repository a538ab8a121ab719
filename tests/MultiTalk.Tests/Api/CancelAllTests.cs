using System.Net;
using System.Net.Http.Json;
using MultiTalk.Tests.Jobs;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Api;

public sealed class CancelAllTests : OwnRedisTests
{
    private const string Path = JobsApi.Root + "/cancel";

    private readonly string _engine = Guid.NewGuid().ToString("n");

    [Theory(Timeout = 60_000)]
    [InlineData("{}", "submit", HttpStatusCode.OK, "bob bob")]
    [InlineData("""{"state":"queued"}""", "submit", HttpStatusCode.OK, "ada bob bob")]
    [InlineData("""{"state":"running"}""", "submit", HttpStatusCode.OK, "ada bob bob")]
    [InlineData("""{"state":"succeeded"}""", "submit", HttpStatusCode.BadRequest, "ada ada bob bob")]
    [InlineData("""{"state":"any"}""", "submit", HttpStatusCode.BadRequest, "ada ada bob bob")]
    [InlineData("""{"owner":"bob"}""", "submit,read-all", HttpStatusCode.Forbidden, "ada ada bob bob")]
    [InlineData("""{"all":true}""", "submit,read-all", HttpStatusCode.Forbidden, "ada ada bob bob")]
    [InlineData("{}", "read", HttpStatusCode.Forbidden, "ada ada bob bob")]
    [InlineData("""{"owner":"bob"}""", "operate", HttpStatusCode.OK, "ada ada")]
    [InlineData("""{"owner":"bob","all":true}""", "operate", HttpStatusCode.BadRequest, "ada ada bob bob")]
    [InlineData("""{"all":true}""", "operate", HttpStatusCode.OK, "")]
    [InlineData("""{"all":true,"state":"running"}""", "operate", HttpStatusCode.OK, "ada bob")]
    public async Task What_may_be_canceled_is_and_the_rest_stays(string body, string scopes, HttpStatusCode status, string left)
    {
        using var client = await Web.ClientAsync("ada", scopes.Split(','));
        // Of each owner one runs and one waits.
        string[] owners = ["ada", "bob"];
        foreach (var owner in owners)
        {
            await SubmitAsync(owner);
            await Web.Jobs.ClaimAsync(Requests.Runner(owner, _engine), TestContext.Current.CancellationToken);
        }

        await Task.WhenAll(owners.Select(SubmitAsync));

        using var answer = await client.PostAsync(Path, new StringContent(body, System.Text.Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);

        Assert.Equal(status, answer.StatusCode);
        var active = (await Web.Jobs.ListAsync(new(), null, 10)).Where(job => !job.Ended).ToList();
        Assert.Equal(left, string.Join(' ', active.Select(job => job.Owner).Order(StringComparer.Ordinal)));
        if (status == HttpStatusCode.OK)
            Assert.Equal(new CancelAnswer(4 - active.Count, 0), await answer.Content.ReadFromJsonAsync<CancelAnswer>(TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task Beyond_a_thousand_it_says_how_many_are_left()
    {
        using var client = await Web.ClientAsync("ada");
        await Task.WhenAll(Enumerable.Range(0, 1_005).Select(_ => SubmitAsync("ada"))).WaitAsync(TestContext.Current.CancellationToken);

        var first = await CancelAsync(client);
        var second = await CancelAsync(client);

        Assert.Equal((new(1_000, 5), new(5, 0)), (first, second));
    }

    [Fact(Timeout = 60_000)]
    public async Task Two_at_once_beside_submissions_and_claims_cancel_each_job_once()
    {
        using var client = await Web.ClientAsync("ada");
        for (var job = 0; job < 100; job++)
            await SubmitAsync("ada");

        var submissions = Task.WhenAll(Enumerable.Range(0, 50).Select(_ => SubmitAsync("ada")));
        var claims = Task.WhenAll(Enumerable.Range(0, 20).Select(number => Web.Jobs.ClaimAsync(Requests.Runner($"runner {number}", _engine), TestContext.Current.CancellationToken)));
        var answers = await Task.WhenAll(CancelAsync(client), CancelAsync(client));
        await Task.WhenAll(submissions, claims);
        var rest = await CancelAsync(client);

        Assert.Equal(150, answers.Sum(answer => answer.Canceled) + rest.Canceled);
        Assert.Equal(150, (await Web.Jobs.CountsAsync())[JobState.Canceled]);
    }

    private static async Task<CancelAnswer> CancelAsync(HttpClient client)
    {
        using var answer = await client.PostAsJsonAsync(Path, new CancelRequest(), TestContext.Current.CancellationToken);
        return (await answer.Content.ReadFromJsonAsync<CancelAnswer>(TestContext.Current.CancellationToken))!;
    }

    private Task<Submission> SubmitAsync(string owner) => Web.Jobs.SubmitAsync(new(JobStore.NewId(), owner, Requests.For(_engine)));
}

using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Tests.Jobs;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Api;

public sealed class StoreAwayTests() : OwnRedisTests(("Jobs:ClaimPoll", "00:00:30"))
{
    private readonly string _runner = Guid.NewGuid().ToString("n");

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_endpoint_says_at_once_that_the_store_is_away_and_everything_goes_on_when_it_is_back(bool frozen)
    {
        using var user = await Web.ClientAsync("ada", [.. Scopes.All]);
        using var runner = await Web.RunnerClientAsync();
        var job = await (await user.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken)).JobAsync();
        var id = job.Id;
        var place = RunnerProtocol.Attempt(_runner, id, 1);
        await RegisterAsync(runner);

        if (frozen)
            await Redis.FreezeAsync();
        else
            await Redis.KillAsync();
        var away = Stopwatch.StartNew();
        var answers = await Task.WhenAll(
            user.GetAsync(JobsApi.Root, TestContext.Current.CancellationToken), user.GetAsync($"{JobsApi.Root}/{id}", TestContext.Current.CancellationToken), user.DeleteAsync($"{JobsApi.Root}/{id}", TestContext.Current.CancellationToken),
            user.PatchAsJsonAsync($"{JobsApi.Root}/{id}", new MoveRequest(1), TestContext.Current.CancellationToken), user.PostAsync($"{JobsApi.Root}/{id}/retry", null, TestContext.Current.CancellationToken),
            user.GetAsync($"{JobsApi.Root}/{id}/events", TestContext.Current.CancellationToken), user.GetAsync($"{JobsApi.Root}/{id}/log", TestContext.Current.CancellationToken), user.GetAsync($"{JobsApi.Root}/{id}/video", TestContext.Current.CancellationToken),
            user.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken), user.PostAsync(JobsApi.Root + "/plan", Samples.Submission(), TestContext.Current.CancellationToken),
            user.GetAsync(QueueApi.Root, TestContext.Current.CancellationToken), user.PostAsync(QueueApi.Root + "/pause", null, TestContext.Current.CancellationToken), user.PostAsync(QueueApi.Root + "/resume", null, TestContext.Current.CancellationToken),
            user.GetAsync(RunnersApi.Root, TestContext.Current.CancellationToken), user.PostAsync($"{RunnersApi.Root}/{_runner}/drain", null, TestContext.Current.CancellationToken), user.PostAsync($"{RunnersApi.Root}/{_runner}/resume", null, TestContext.Current.CancellationToken),
            runner.PostAsJsonAsync(RunnerProtocol.Register, Requests.Registration(_runner, "preview"), TestContext.Current.CancellationToken),
            ClaimAsync(runner),
            runner.PostAsJsonAsync(RunnerProtocol.Leave, new LeaveRequest(_runner), TestContext.Current.CancellationToken),
            runner.PostAsJsonAsync($"{place}/heartbeat", new Heartbeat(new(Phase.Sampling, 1, 1, 5), []), TestContext.Current.CancellationToken),
            runner.GetAsync($"{place}/inputs/image.png", TestContext.Current.CancellationToken), runner.PutAsync($"{place}/output", new ByteArrayContent([1]), TestContext.Current.CancellationToken),
            runner.PostAsJsonAsync($"{place}/complete", new VideoFacts(1, 1, 1, 25, 1, 1, "a"), TestContext.Current.CancellationToken),
            runner.PostAsJsonAsync($"{place}/fail", new JobError("a", "b", "c", "d", []), TestContext.Current.CancellationToken), runner.PostAsync($"{place}/release", null, TestContext.Current.CancellationToken));

        // 3 s, noticed a second later at the latest; then some for a busy machine.
        Assert.True(away.Elapsed < TimeSpan.FromSeconds(8), $"It took {away.Elapsed}.");
        foreach (var answer in answers)
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Equal("store_unavailable", await answer.ProblemCodeAsync());
            Assert.NotNull(answer.Headers.RetryAfter?.Delta);
            answer.Dispose();
        }

        using var health = await Web.Stranger().GetAsync("/health", TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy"), (health.StatusCode, await health.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        Assert.Single(Directory.GetDirectories(Path.Combine(Web.Data, "media", "jobs")));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(Web.Data, "media", "incoming")));

        if (frozen)
            await Redis.ThawAsync();
        else
            await Redis.LaunchAsync();
        using var back = await UntilBackAsync(() => user.GetAsync($"{JobsApi.Root}/{id}", TestContext.Current.CancellationToken));
        var there = await back.JobAsync();
        // A frozen Redis may do later what it was asked: that is what Retry-After and idempotency are for.
        Assert.Equal(id, there.Id);
        if (!frozen)
        {
            Assert.Equal(JobState.Queued, there.State);
            using var claimed = await UntilBackAsync(() => ClaimAsync(runner));
            Assert.Equal(id, (await claimed.Content.ReadFromJsonAsync(ContractsJson.Default.Claim, TestContext.Current.CancellationToken))?.JobId);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_claim_that_waits_while_Redis_restarts_is_answered_and_the_next_one_gets_the_job()
    {
        using var runner = await Web.RunnerClientAsync();
        await RegisterAsync(runner);
        var waiting = ClaimAsync(runner);
        // It waits once it has shown that it lives.
        while (!(await Redis.Database.HashExistsAsync(Keys.Runner(_runner), "measurements")))
        {
            // Not yet.
        }

        await Redis.KillAsync();
        using var answer = await waiting;
        await Redis.LaunchAsync();
        await UntilBackAsync(() => Web.Stranger().GetAsync("/health", TestContext.Current.CancellationToken));
        var id = JobStore.NewId();
        await Web.Jobs.SubmitAsync(new(id, "ada", Requests.For("preview")));

        Assert.Equal("store_unavailable", await answer.ProblemCodeAsync());
        using var next = await UntilBackAsync(() => ClaimAsync(runner));
        Assert.Equal(id, (await next.Content.ReadFromJsonAsync(ContractsJson.Default.Claim, TestContext.Current.CancellationToken))?.JobId);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_person_sees_a_page_that_says_so()
    {
        var token = await Web.Access.NewSignInAsync(new("person", "ada", Scopes.All), TimeSpan.FromMinutes(1));
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = Web.Address };
        using var signedIn = await browser.GetAsync($"/sign-in?token={token}", TestContext.Current.CancellationToken);
        browser.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));

        await Redis.KillAsync();
        using var page = await browser.GetAsync("/", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.StatusCode);
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
    }

    private static async Task<HttpResponseMessage> UntilBackAsync(Func<Task<HttpResponseMessage>> ask)
    {
        while (true)
        {
            var answer = await ask();
            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable)
                return answer;
            answer.Dispose();
        }
    }

    private Task<HttpResponseMessage> ClaimAsync(HttpClient runner) => runner.PostAsJsonAsync(RunnerProtocol.ClaimNext, new ClaimRequest(_runner, [], []), TestContext.Current.CancellationToken);

    private async Task RegisterAsync(HttpClient runner)
    {
        using var response = await runner.PostAsJsonAsync(RunnerProtocol.Register, Requests.Registration(_runner, "preview"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }
}

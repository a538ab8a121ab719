using System.Net;
using System.Net.Http.Json;
using MultiTalk.Tests.Jobs;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Access;

public sealed class QuotaTests(QueueOnlyWeb web) : IClassFixture<QueueOnlyWeb>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private StackExchange.Redis.IDatabase Redis => ((RedisConnection)web.Services.GetService(typeof(RedisConnection))!).Database;

    [Fact]
    public async Task More_submissions_than_a_minute_s_worth_at_once_are_refused_and_say_when_to_come_back()
    {
        using var client = await ClientAsync("rate", new() { SubmissionsAMinute = 2 });

        using var first = await client.PostAsync(JobsApi.Root, Samples.Submission(), Cancellation);
        using var second = await client.PostAsync(JobsApi.Root, null, Cancellation);
        using var third = await client.PostAsync(JobsApi.Root, Samples.Submission(), Cancellation);

        Assert.Equal(HttpStatusCode.Accepted, first.StatusCode);
        Assert.Equal("\"submissions\";q=2;w=60", first.Headers.GetValues("RateLimit-Policy").Single());
        Assert.StartsWith("\"submissions\";r=1;t=", first.Headers.GetValues("RateLimit").Single(), StringComparison.Ordinal);
        // One that is refused for another reason counts, too.
        Assert.Equal(HttpStatusCode.BadRequest, second.StatusCode);
        Assert.Equal("too_many_submissions", await third.ProblemCodeAsync());
        Assert.InRange(third.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 31);
    }

    [Fact]
    public async Task The_rate_recovers_with_time_and_counts_for_the_owner_whatever_the_key()
    {
        using var one = await ClientAsync("rate-time", new() { SubmissionsAMinute = 1 });
        using var two = await ClientAsync("rate-time", new() { SubmissionsAMinute = 1 });
        using var first = await one.PostAsync(JobsApi.Root, null, Cancellation);
        using var early = await two.PostAsync(JobsApi.Root, null, Cancellation);

        // As if a minute had passed.
        await Redis.StringDecrementAsync(Keys.Rate("rate-time"), 60_000_000);
        using var late = await two.PostAsync(JobsApi.Root, null, Cancellation);

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.TooManyRequests, HttpStatusCode.BadRequest), (first.StatusCode, early.StatusCode, late.StatusCode));
    }

    [Fact]
    public async Task Of_many_submissions_at_once_no_more_are_queued_than_may_be()
    {
        using var client = await ClientAsync("queued", new() { QueuedJobs = 3 });

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.PostAsync(JobsApi.Root, Samples.Submission(), Cancellation)));

        Assert.Equal(3, answers.Count(answer => answer.StatusCode == HttpStatusCode.Accepted));
        Assert.All(answers.Where(answer => answer.StatusCode != HttpStatusCode.Accepted), answer => Assert.NotNull(answer.Headers.RetryAfter));
        Assert.Equal("too_many_queued", await answers.First(answer => answer.StatusCode != HttpStatusCode.Accepted).ProblemCodeAsync());
        var me = await client.GetFromJsonAsync<MeDocument>(MeApi.Root, Cancellation);
        Assert.Equal((3, 3), (me!.Limits.QueuedJobs, me.Usage.QueuedJobs["preview"]));
    }

    [Fact]
    public async Task An_upload_that_is_more_than_the_rest_of_the_day_is_refused()
    {
        var size = (await Samples.Submission().ReadAsByteArrayAsync(Cancellation)).Length;
        using var client = await ClientAsync("bytes", new() { UploadBytesADay = (long)(size * 1.5) });

        using var first = await client.PostAsync(JobsApi.Root, Samples.Submission(), Cancellation);
        var used = (await client.GetFromJsonAsync<MeDocument>(MeApi.Root, Cancellation))!.Usage.UploadBytes;
        using var second = await client.PostAsync(JobsApi.Root, Samples.Submission(), Cancellation);

        Assert.Equal(HttpStatusCode.Accepted, first.StatusCode);
        Assert.Equal("upload_bytes_used_up", await second.ProblemCodeAsync());
        Assert.InRange(used, size - 100, size + 100);
    }

    [Theory]
    [InlineData("complete")]
    [InlineData("fail")]
    [InlineData("release")]
    [InlineData("cancel")]
    public async Task An_attempt_is_counted_where_it_ends_and_what_is_used_up_stops_submissions(string end)
    {
        var owner = "gpu-" + end;
        var (id, runner) = (JobStore.NewId(), Requests.Runner(Guid.NewGuid().ToString("n"), "gpu-" + end));
        var request = Requests.For("multitalk");
        await web.Jobs.SubmitAsync(new(id, owner, request with { Plan = request.Plan with { Engine = runner.Engine, Gpus = 2 } }));
        await web.Jobs.RegisterAsync(Requests.Registration(runner.Id, runner.Engine));
        var able = runner with { Abilities = Requests.Able with { Gpu = Requests.Able.Gpu! with { Count = 2 } } };
        var job = (await web.Jobs.ClaimAsync(able, Cancellation))!;
        // As if it had run for half a minute.
        await Redis.HashSetAsync(Keys.Job(id), "attempt:1:startedAt", DateTimeOffset.UtcNow.AddSeconds(-30).ToUnixTimeMilliseconds());

        await (end switch
        {
            "complete" => web.Jobs.CompleteAsync(job.Holder, new(1, 1, 1, 25, 1, 1, new('a', 64))),
            "fail" => web.Jobs.FailAsync(job.Holder, new("code", "title", "cause", "remedy", [])),
            "release" => web.Jobs.ReleaseAsync(job.Holder),
            _ => web.Jobs.CancelAsync(id),
        });

        using var client = await ClientAsync(owner, new() { GpuMinutesADay = 1 });
        var used = (await client.GetFromJsonAsync<MeDocument>(MeApi.Root, Cancellation))!.Usage.GpuSeconds;
        using var refused = await client.PostAsync(JobsApi.Root, Samples.Submission(), Cancellation);
        // Two cards.
        Assert.InRange(used, 60, 100);
        Assert.Equal("gpu_minutes_used_up", await refused.ProblemCodeAsync());
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalHours, 0, 24);
        Assert.InRange((await Redis.KeyTimeToLiveAsync(Keys.UsageToday(owner)))!.Value.TotalHours, 47, 48);
    }

    [Fact]
    public async Task A_limit_of_nought_is_none_and_what_a_key_does_not_say_is_as_for_all()
    {
        using var client = await ClientAsync("nought", new() { QueuedJobs = 0, SubmissionsAMinute = 5 });

        var limits = (await client.GetFromJsonAsync<MeDocument>(MeApi.Root, Cancellation))!.Limits;

        Assert.Equal((5, 0, 20_000_000_000, 0), (limits.SubmissionsAMinute, limits.QueuedJobs, limits.UploadBytesADay, limits.GpuMinutesADay));
    }

    private async Task<HttpClient> ClientAsync(string owner, Limits limits)
    {
        var key = Secret.New(Secret.OfKey);
        await web.Access.AddKeyAsync(key, new(JobStore.NewId(), owner, [Scopes.Submit, Scopes.Read]) { Limits = limits });
        var client = web.Stranger();
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return client;
    }
}

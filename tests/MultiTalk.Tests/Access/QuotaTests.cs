using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using MultiTalk.Tests.Api;
using MultiTalk.Tests.Jobs;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Access;

public sealed class QuotaTests(QueueOnlyWeb web) : IClassFixture<QueueOnlyWeb>
{
    private StackExchange.Redis.IDatabase Redis => ((RedisConnection)web.Services.GetService(typeof(RedisConnection))!).Database;

    [Fact]
    public async Task More_submissions_than_a_minute_s_worth_at_once_are_refused_and_say_when_to_come_back()
    {
        using var client = await ClientAsync("rate", new() { SubmissionsAMinute = 2 });

        using var first = await client.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken);
        using var second = await client.PostAsync(JobsApi.Root, null, TestContext.Current.CancellationToken);
        using var third = await client.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken);

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
        using var first = await one.PostAsync(JobsApi.Root, null, TestContext.Current.CancellationToken);
        using var early = await two.PostAsync(JobsApi.Root, null, TestContext.Current.CancellationToken);

        // As if a minute had passed.
        await Redis.StringDecrementAsync(Keys.Rate("rate-time"), 60_000_000);
        using var late = await two.PostAsync(JobsApi.Root, null, TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.TooManyRequests, HttpStatusCode.BadRequest), (first.StatusCode, early.StatusCode, late.StatusCode));
    }

    [Fact]
    public async Task Of_many_submissions_at_once_no_more_are_queued_than_may_be()
    {
        using var client = await ClientAsync("queued", new() { QueuedJobs = 3 });

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken)));

        Assert.Equal(3, answers.Count(answer => answer.StatusCode == HttpStatusCode.Accepted));
        Assert.All(answers.Where(answer => answer.StatusCode != HttpStatusCode.Accepted), answer => Assert.NotNull(answer.Headers.RetryAfter));
        Assert.Equal("too_many_queued", await answers.First(answer => answer.StatusCode != HttpStatusCode.Accepted).ProblemCodeAsync());
        var me = await client.GetFromJsonAsync<MeDocument>(MeApi.Root, TestContext.Current.CancellationToken);
        Assert.Equal((3, 3), (me!.Limits.QueuedJobs, me.Usage.QueuedJobs["preview"]));
    }

    [Fact]
    public async Task An_upload_that_is_more_than_the_rest_of_the_day_is_refused()
    {
        var size = (await Samples.Submission().ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length;
        using var client = await ClientAsync("bytes", new() { UploadBytesADay = (long)(size * 1.5) });

        using var first = await client.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken);
        var used = (await client.GetFromJsonAsync<MeDocument>(MeApi.Root, TestContext.Current.CancellationToken))!.Usage.UploadBytes;
        using var second = await client.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Accepted, first.StatusCode);
        Assert.Equal("upload_bytes_used_up", await second.ProblemCodeAsync());
        Assert.Equal((DateTime.UtcNow.Date.AddDays(1) - DateTime.UtcNow).TotalHours, second.Headers.RetryAfter!.Delta!.Value.TotalHours, 0.1);
        Assert.InRange(used, size - 100, size + 100);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_upload_of_unknown_length_that_is_more_than_the_rest_of_the_day_is_refused_and_the_client_reads_why(bool form)
    {
        const int Limit = 5_000_000;
        using var client = await ClientAsync(form ? "chunked-form" : "chunked", new() { UploadBytesADay = Limit });
        var body = new byte[60_000_000];
        using HttpContent content = form
            ? new MultipartFormDataContent { { new ByteArrayContent(body), "voice", "long.wav" } }
            : new ByteArrayContent(body) { Headers = { ContentType = new("audio/wav") } };
        using var request = new HttpRequestMessage(HttpMethod.Post, MediaApi.Root) { Content = content, Headers = { TransferEncodingChunked = true } };

        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        var used = (await client.GetFromJsonAsync<MeDocument>(MeApi.Root, TestContext.Current.CancellationToken))!.Usage.UploadBytes;

        Assert.Equal((HttpStatusCode.TooManyRequests, "upload_bytes_used_up"), (answer.StatusCode, await answer.ProblemCodeAsync()));
        Assert.NotNull(answer.Headers.RetryAfter?.Delta);
        Assert.InRange(used, 1, Limit);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_client_that_sends_slowly_reads_why_it_was_refused_once_it_has_sent_everything()
    {
        using var client = await ClientAsync("slow", new() { UploadBytesADay = 1_000 });
        // Longer than the 5 s after which the server itself would break the connection.
        using var content = new SlowContent(TimeSpan.FromSeconds(7));

        using var answer = await client.PostAsync(MediaApi.Root, content, TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.TooManyRequests, "upload_bytes_used_up"), (answer.StatusCode, await answer.ProblemCodeAsync()));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("-H", "Transfer-Encoding: chunked")]
    [InlineData("-H", "Expect:")]
    [InlineData("-H", "Transfer-Encoding: chunked", "-H", "Expect:")]
    public async Task Curl_reads_why_an_upload_is_refused(params string[] more)
    {
        var key = Secret.New(Secret.OfKey);
        await web.Access.AddKeyAsync(key, new(JobStore.NewId(), "curl " + string.Join(' ', more), [Scopes.Submit, Scopes.Read]) { Limits = new() { UploadBytesADay = 5_000_000 } });
        using var directory = new TempDirectory();
        await using (var file = File.Create(directory["long.wav"]))
            file.SetLength(100_000_000);
        using var curl = Process.Start(new ProcessStartInfo(
            "curl", ["-sS", "-H", $"Authorization: Bearer {key}", "-H", "Content-Type: audio/wav", .. more, "-w", "%{http_code}", "-T", directory["long.wav"], "-X", "POST", new Uri(web.Address, MediaApi.Root).AbsoluteUri])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = curl.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = await curl.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.True(said.EndsWith("429", StringComparison.Ordinal) && said.Contains("upload_bytes_used_up", StringComparison.Ordinal), said + await errors);
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
        var job = (await web.Jobs.ClaimAsync(able, TestContext.Current.CancellationToken))!;
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
        var used = (await client.GetFromJsonAsync<MeDocument>(MeApi.Root, TestContext.Current.CancellationToken))!.Usage.GpuSeconds;
        using var refused = await client.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken);
        // Two cards.
        Assert.InRange(used, 60, 100);
        Assert.Equal("gpu_minutes_used_up", await refused.ProblemCodeAsync());
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalHours, 0, 24);
        Assert.InRange((await Redis.KeyTimeToLiveAsync(Keys.UsageToday(owner, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds())))!.Value.TotalHours, 47, 48);
    }

    [Fact]
    public async Task A_limit_of_nought_is_none_and_what_a_key_does_not_say_is_as_for_all()
    {
        using var client = await ClientAsync("nought", new() { QueuedJobs = 0, SubmissionsAMinute = 5 });

        var limits = (await client.GetFromJsonAsync<MeDocument>(MeApi.Root, TestContext.Current.CancellationToken))!.Limits;

        Assert.Equal((5, 0, 20_000_000_000, 0), (limits.SubmissionsAMinute, limits.QueuedJobs, limits.UploadBytesADay, limits.GpuMinutesADay));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_day_is_one_of_Redis_clock_whatever_the_host_s_clock_says()
    {
        await using var ahead = new WebAhead();
        var redis = ((RedisConnection)ahead.Services.GetService(typeof(RedisConnection))!).Database;
        var portrait = await File.ReadAllBytesAsync(Samples.Path("portrait.png"), TestContext.Current.CancellationToken);
        using var client = await ClientAsync("ahead", new() { UploadBytesADay = portrait.Length }, ahead);

        using var first = await client.PostAsync(MediaApi.Root, MediaUploadTests.Bytes(portrait, "image/png"), TestContext.Current.CancellationToken);
        using var second = await client.PostAsync(MediaApi.Root, MediaUploadTests.Bytes(portrait, "image/png"), TestContext.Current.CancellationToken);
        var now = DateTimeOffset.UtcNow;

        Assert.Equal((HttpStatusCode.Created, "upload_bytes_used_up"), (first.StatusCode, await second.ProblemCodeAsync()));
        Assert.Equal(portrait.Length, (long)await redis.HashGetAsync(Keys.UsageToday("ahead", now.ToUnixTimeMilliseconds()), "uploadBytes"));
        Assert.Equal(portrait.Length, (await client.GetFromJsonAsync<MeDocument>(MeApi.Root, TestContext.Current.CancellationToken))!.Usage.UploadBytes);
        Assert.Equal((now.UtcDateTime.Date.AddDays(1) - now.UtcDateTime).TotalHours, second.Headers.RetryAfter!.Delta!.Value.TotalHours, 0.1);
    }

    private Task<HttpClient> ClientAsync(string owner, Limits limits) => ClientAsync(owner, limits, web);

    private static async Task<HttpClient> ClientAsync(string owner, Limits limits, TestWeb web)
    {
        var key = Secret.New(Secret.OfKey);
        await web.Access.AddKeyAsync(key, new(JobStore.NewId(), owner, [Scopes.Submit, Scopes.Read]) { Limits = limits });
        var client = web.Stranger();
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return client;
    }

    /// <summary>A voice of unknown length that takes its time.</summary>
    private sealed class SlowContent : HttpContent
    {
        private readonly TimeSpan _time;

        public SlowContent(TimeSpan time) => (_time, Headers.ContentType) = (time, new("audio/wav"));

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
            for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < _time;)
            {
                await stream.WriteAsync(new byte[1_000]);
                await stream.FlushAsync();
                await pace.WaitForNextTickAsync();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    /// <summary>A Web on a host whose clock is a day and a half ahead.</summary>
    private sealed class WebAhead() : TestWeb(new() { ["Embedded:Runner"] = "false" })
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            base.ConfigureWebHost(builder);
            builder.ConfigureTestServices(services => services.AddSingleton<TimeProvider>(new Ahead()));
        }

        private sealed class Ahead : TimeProvider
        {
            public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromDays(1.5);
        }
    }
}

using System.Net;
using MultiTalk.Web.Api;

namespace MultiTalk.Tests.Api;

public sealed class IdempotencyTests(QueueOnlyWeb web) : IClassFixture<QueueOnlyWeb>
{
    private readonly string _owner = Guid.NewGuid().ToString("n");
    private readonly string _key = Guid.NewGuid().ToString();

    [Fact(Timeout = 120_000)]
    public async Task A_hundred_identical_submissions_at_once_are_one_job()
    {
        using var client = await web.ClientAsync(_owner);

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => SubmitAsync(client, Samples.Submission(), _key))).WaitAsync(TestContext.Current.CancellationToken);

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode));
        var location = Assert.Single(answers.Select(answer => answer.Headers.Location!.OriginalString).Distinct());
        var job = Assert.Single(await web.Jobs.ListAsync(new(_owner), null, 10));
        Assert.Equal($"{JobsApi.Root}/{job.Id}", location);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(web.Data, "media", "incoming")));
    }

    [Fact(Timeout = 120_000)]
    public async Task Two_Webs_on_one_Redis_make_one_job_of_it()
    {
        await using var redis = await OwnRedis.StartAsync();
        var media = redis.Directory["media"];
        await using var first = new WebOn(redis, ("Media:Directory", media));
        await using var second = new WebOn(redis, ("Media:Directory", media));
        using var atFirst = await first.ClientAsync(_owner);
        using var atSecond = await second.ClientAsync(_owner);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(number => SubmitAsync(number % 2 == 0 ? atFirst : atSecond, Samples.Submission(), _key))).WaitAsync(TestContext.Current.CancellationToken);

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode));
        var location = Assert.Single(answers.Select(answer => answer.Headers.Location!.OriginalString).Distinct());
        Assert.EndsWith(Path.GetFileName(Assert.Single(Directory.GetDirectories(Path.Combine(media, "jobs")))), location, StringComparison.Ordinal);
        Assert.Single(await second.Jobs.ListAsync(new(_owner), null, 10));
    }

    [Fact]
    public async Task The_same_key_with_another_request_is_a_conflict_and_another_owner_s_key_another_job()
    {
        using var client = await web.ClientAsync(_owner);
        using var other = await web.ClientAsync(Guid.NewGuid().ToString("n"));
        using var first = await SubmitAsync(client, Samples.Submission("""{"seed":1}"""), _key);

        using var changed = await SubmitAsync(client, Samples.Submission("""{"seed":2}"""), _key);
        using var theirs = await SubmitAsync(other, Samples.Submission("""{"seed":2}"""), _key);

        Assert.Equal(HttpStatusCode.Conflict, changed.StatusCode);
        Assert.Equal("idempotency_key_reused", await changed.ProblemCodeAsync());
        Assert.NotEqual((await first.JobAsync()).Id, (await theirs.JobAsync()).Id);
        Assert.Single(await web.Jobs.ListAsync(new(_owner), null, 10));
    }

    [Fact]
    public async Task A_request_that_is_written_with_other_bytes_is_the_same()
    {
        using var client = await web.ClientAsync(_owner);
        using var shuffled = new MultipartFormDataContent("another-boundary")
        {
            { new StringContent("""{"seed":1}"""), "options" },
            { new StringContent(Samples.Prompt), "prompt" },
            { new ByteArrayContent(await File.ReadAllBytesAsync(Samples.Path("voice.wav"), TestContext.Current.CancellationToken)), "voice1", "renamed.wav" },
            { new ByteArrayContent(await File.ReadAllBytesAsync(Samples.Path("portrait.png"), TestContext.Current.CancellationToken)), "image", "renamed.png" },
        };
        using var first = await SubmitAsync(client, Samples.Submission("""{"seed":1}"""), _key);

        // With the quotes of a structured field, too.
        using var second = await SubmitAsync(client, shuffled, $"\"{_key}\"");

        Assert.Equal((await first.JobAsync()).Id, (await second.JobAsync()).Id);
    }

    [Fact]
    public async Task A_refused_submission_does_not_use_its_key_up()
    {
        using var client = await web.ClientAsync(_owner);
        using var refused = await SubmitAsync(client, Samples.Submission("""{"steps":0}"""), _key);

        using var accepted = await SubmitAsync(client, Samples.Submission("""{"steps":4}"""), _key);

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.Accepted), (refused.StatusCode, accepted.StatusCode));
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("\"")]
    [InlineData("a\tb")]
    [InlineData("a key of more than 255 characters")]
    public async Task A_key_that_is_none_is_refused(string key)
    {
        using var client = await web.ClientAsync(_owner);
        using var request = new HttpRequestMessage(HttpMethod.Post, JobsApi.Root) { Content = Samples.Submission() };
        Assert.True(request.Headers.TryAddWithoutValidation("Idempotency-Key", key.Length > 10 ? new string('k', 256) : key));

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal("idempotency_key_invalid", await response.ProblemCodeAsync());
        Assert.Empty(await web.Jobs.ListAsync(new(_owner), null, 10));
    }

    [Fact]
    public async Task A_retry_with_a_key_is_one_job_and_the_key_of_a_submission_is_not_one_of_a_retry()
    {
        using var client = await web.ClientAsync(_owner);
        var job = await (await SubmitAsync(client, Samples.Submission("""{"seed":1}"""), _key)).JobAsync();
        await web.Jobs.CancelAsync(job.Id);

        using var reused = await RetryAsync(client, job.Id, _key);
        var retries = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => RetryAsync(client, job.Id, "another " + _key)));

        Assert.Equal("idempotency_key_reused", await reused.ProblemCodeAsync());
        var ids = await Task.WhenAll(retries.Select(async retry => (await retry.JobAsync()).Id));
        Assert.NotEqual(job.Id, Assert.Single(ids.Distinct()));
        Assert.Equal(2, (await web.Jobs.ListAsync(new(_owner), null, 10)).Count);
    }

    private static Task<HttpResponseMessage> SubmitAsync(HttpClient client, HttpContent form, string key) =>
        client.SendAsync(new(HttpMethod.Post, JobsApi.Root) { Content = form, Headers = { { "Idempotency-Key", key } } }, TestContext.Current.CancellationToken);

    private static Task<HttpResponseMessage> RetryAsync(HttpClient client, string id, string key) =>
        client.SendAsync(new(HttpMethod.Post, $"{JobsApi.Root}/{id}/retry") { Headers = { { "Idempotency-Key", key } } }, TestContext.Current.CancellationToken);
}

using System.Net;
using System.Text;
using System.Text.Json;
using MultiTalk.Web.Api;

namespace MultiTalk.Tests.Api;

public sealed class SubmissionTests(QueueOnlyWeb web) : IClassFixture<QueueOnlyWeb>
{
    private static readonly byte[] _portrait = File.ReadAllBytes(Samples.Path("portrait.png"));
    private static readonly byte[] _voice = File.ReadAllBytes(Samples.Path("voice.wav"));
    private static readonly byte[] _text = Encoding.UTF8.GetBytes("This is no media.\n");
    private static readonly byte[] _playlist = Encoding.UTF8.GetBytes("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n");
    private static readonly byte[] _concat = Encoding.UTF8.GetBytes("ffconcat version 1.0\nfile /etc/passwd\n");

    public static TheoryData<string, string, Func<MultipartFormDataContent>> BadForms { get; } = new()
    {
        { "image", "image_missing", () => Samples.Form(null, _voice, Samples.Prompt) },
        { "image", "image_not_supported", () => Samples.Form(_text, _voice, Samples.Prompt) },
        { "image", "image_not_supported", () => Samples.Form(_concat, _voice, Samples.Prompt) },
        { "image", "image_undecodable", () => Samples.Form(_portrait[..(_portrait.Length / 2)], _voice, Samples.Prompt) },
        { "image", "part_repeated", TwoPictures },
        { "voice1", "voice_missing", () => Samples.Form(_portrait, null, Samples.Prompt) },
        { "voice1", "voice_not_supported", () => Samples.Form(_portrait, _text, Samples.Prompt) },
        { "voice1", "voice_not_supported", () => Samples.Form(_portrait, _playlist, Samples.Prompt) },
        { "prompt", "prompt_missing", () => Samples.Form(_portrait, _voice, null) },
        { "prompt", "prompt_missing", () => Samples.Form(_portrait, _voice, "  ") },
        { "prompt", "prompt_too_long", () => Samples.Form(_portrait, _voice, new string('a', 2001)) },
        { "options.colour", "options_invalid", () => Samples.Submission("""{"colour":1}""") },
        { "options.steps", "options_invalid", () => Samples.Submission("""{"steps":"many"}""") },
        { "options", "options_invalid", () => Samples.Submission("[") },
        { "options.steps", "steps_out_of_range", () => Samples.Submission("""{"steps":0}""") },
        { "options.size", "size_unknown", () => Samples.Submission("""{"size":1080}""") },
        { "options.seed", "seed_out_of_range", () => Samples.Submission("""{"seed":4294967296}""") },
        { "options.audioType", "audio_type_needs_two_voices", () => Samples.Submission("""{"audioType":"para"}""") },
        { "options.engine", "engine_unknown", () => Samples.Submission("""{"engine":"magic"}""") },
        { "surprise", "part_unknown", () => new() { { new StringContent("x"), "surprise" } } },
    };

    [Theory]
    [MemberData(nameof(BadForms))]
    public async Task What_cannot_run_is_refused_with_its_field_and_leaves_nothing(string field, string code, Func<MultipartFormDataContent> form)
    {
        var owner = Guid.NewGuid().ToString("n");
        using var client = await web.ClientAsync(owner);
        var before = Files();

        using var response = await client.PostAsync(JobsApi.Root, form(), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var error = problem.RootElement.GetProperty("errors").EnumerateArray().First();
        Assert.Equal((field, code), (error.GetProperty("field").GetString(), error.GetProperty("code").GetString()));
        Assert.NotEmpty(error.GetProperty("remedy").GetString()!);
        Assert.Empty(await web.Jobs.ListAsync(new(owner), null, 10));
        Assert.Equal(before, Files());
    }

    [Fact]
    public async Task Everything_wrong_is_said_at_once()
    {
        using var client = await web.ClientAsync("someone");

        using var response = await client.PostAsync(JobsApi.Root, Samples.Form(null, null, null, """{"size":5,"steps":-1}"""), TestContext.Current.CancellationToken);

        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(
            ["image", "voice1", "prompt", "options.size", "options.steps"],
            problem.RootElement.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("field").GetString()));
    }

    [Fact]
    public async Task A_picture_over_32_MB_is_refused_while_it_arrives()
    {
        using var client = await web.ClientAsync("someone");
        var before = Files();

        using var response = await client.PostAsync(JobsApi.Root, Samples.Form(new byte[(32 << 20) + 1], _voice, Samples.Prompt), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("upload_too_large", await response.ProblemCodeAsync());
        Assert.Equal(before, Files());
    }

    [Fact]
    public async Task A_body_that_is_no_form_is_refused()
    {
        using var client = await web.ClientAsync("someone");

        using var response = await client.PostAsync(JobsApi.Root, new StringContent("{}", Encoding.UTF8, "text/plain"), TestContext.Current.CancellationToken);

        Assert.Equal("form_expected", await response.ProblemCodeAsync());
    }

    [Fact]
    public async Task An_accepted_job_is_queued_says_what_it_waits_for_and_is_seen_by_its_owner_only()
    {
        using var owner = await web.ClientAsync(Guid.NewGuid().ToString("n"));
        using var stranger = await web.ClientAsync(Guid.NewGuid().ToString("n"));

        using var response = await owner.PostAsync(JobsApi.Root, Samples.Submission("""{"seed":7}"""), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var job = await response.JobAsync();
        Assert.Equal($"{JobsApi.Root}/{job.Id}", response.Headers.Location?.OriginalString);
        Assert.Equal((7, 5, 250), (job.Seed, job.Segments, job.Plan.Frames));
        Assert.Contains("preview", job.WaitingFor, StringComparison.Ordinal);
        using var hidden = await stranger.GetAsync($"{JobsApi.Root}/{job.Id}", TestContext.Current.CancellationToken);
        using var kept = await stranger.DeleteAsync($"{JobsApi.Root}/{job.Id}", TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (hidden.StatusCode, kept.StatusCode));
        using var canceled = await owner.DeleteAsync($"{JobsApi.Root}/{job.Id}", TestContext.Current.CancellationToken);
        using var again = await owner.DeleteAsync($"{JobsApi.Root}/{job.Id}", TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.Conflict), (canceled.StatusCode, again.StatusCode));
    }

    [Theory]
    [InlineData("GET", "/api/v1/jobs?limit=abc", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/v1/jobs/..%2F..%2Fredis", HttpStatusCode.NotFound)]
    [InlineData("GET", "/api/v1/jobs/0123456789abcdef0123456789abcdef:log", HttpStatusCode.NotFound)]
    [InlineData("GET", "/api/v1/nothing", HttpStatusCode.NotFound)]
    [InlineData("GET", "/api/v1/jobs?cursor=", HttpStatusCode.OK)]
    public async Task What_is_not_understood_gets_its_own_status(string method, string path, HttpStatusCode status)
    {
        using var client = await web.ClientAsync("someone");

        using var response = await client.SendAsync(new(new(method), path), TestContext.Current.CancellationToken);

        Assert.Equal(status, response.StatusCode);
    }

    private static MultipartFormDataContent TwoPictures()
    {
        var form = Samples.Submission();
        form.Add(new ByteArrayContent(_portrait), "image", "second.png");
        return form;
    }

    private string[] Files() => Directory.GetFiles(Path.Combine(web.Data, "media"), "*", SearchOption.AllDirectories);
}

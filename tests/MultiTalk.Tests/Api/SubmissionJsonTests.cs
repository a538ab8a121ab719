using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;
using MultiTalk.Web.Media;

namespace MultiTalk.Tests.Api;

public sealed class SubmissionJsonTests(QueueOnlyWeb web) : IClassFixture<QueueOnlyWeb>
{
    private static readonly byte[] _voice = File.ReadAllBytes(Samples.Path("voice.wav"));

    private readonly string _owner = Guid.NewGuid().ToString("n");

    public static TheoryData<string, string, string> BadDocuments { get; } = new()
    {
        { "", "body", "body_invalid" },
        { "[]", "body", "body_invalid" },
        { "{", "body", "body_invalid" },
        { """{"colour":1}""", "colour", "body_invalid" },
        { """{"prompt":"a","prompt":"b"}""", "prompt", "body_invalid" },
        { """{"prompt":"a","Prompt":"b"}""", "Prompt", "body_invalid" },
        { """{"prompt":1}""", "prompt", "body_invalid" },
        { """{"priority":"1"}""", "priority", "body_invalid" },
        { """{"priority":1.5}""", "priority", "body_invalid" },
        { """{"options":{"colour":1}}""", "options.colour", "options_invalid" },
        { """{"options":{"steps":"1"}}""", "options.steps", "options_invalid" },
        { """{"options":{"steps":1,"steps":1}}""", "options.steps", "options_invalid" },
        { """{"options":[]}""", "options", "options_invalid" },
        { """{"speakers":[{"head":1}]}""", "speakers[0].head", "speakers_invalid" },
        { """{"image":"portrait.png"}""", "image", "input_invalid" },
        { """{"image":"../jobs/0123456789abcdef0123456789abcdef"}""", "image", "input_invalid" },
        { """{"image":"0123456789ABCDEF0123456789ABCDEF"}""", "image", "input_invalid" },
        { """{"voice1":""}""", "voice1", "input_invalid" },
        { "{}", "image", "image_missing" },
        { "null", "image", "image_missing" },
    };

    [Fact(Timeout = 120_000)]
    public async Task A_job_of_a_form_and_one_of_JSON_have_the_same_plan()
    {
        using var client = await web.ClientAsync(_owner);
        var (image, voice) = await UploadAsync(client);
        const string Options = """{"engine":"multitalk","steps":9,"seed":7}""";
        string[] bodies = [Document(image, voice, $", \"options\":{Options}"), $$"""{"options":{"seed":7,"engine":"multitalk","steps":9},"voice1":"{{voice}}","prompt":" {{Samples.Prompt}} ","image":"{{image}}","speakers":[{}]}"""];

        using var ofForm = await client.PostAsync(JobsApi.Root + "/plan", Samples.Submission(Options), TestContext.Current.CancellationToken);
        var plan = await ofForm.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        foreach (var body in bodies)
        {
            using var ofJson = await client.PostAsync(JobsApi.Root + "/plan", Json(body), TestContext.Current.CancellationToken);
            Assert.Equal((HttpStatusCode.OK, plan), (ofJson.StatusCode, await ofJson.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        }

        using var mixed = Mixed(image, _voice, Options);
        using var ofBoth = await client.PostAsync(JobsApi.Root + "/plan", mixed, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.OK, plan), (ofBoth.StatusCode, await ofBoth.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_job_has_copies_of_its_uploads_which_may_then_be_removed()
    {
        using var client = await web.ClientAsync(_owner);
        var (image, voice) = await UploadAsync(client);
        using var form = await client.PostAsync(JobsApi.Root, Samples.Submission(), TestContext.Current.CancellationToken);
        using var json = await client.PostAsync(JobsApi.Root, Json(Document(image, voice)), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, json.StatusCode);
        var uploaded = await web.Jobs.FindAsync((await form.JobAsync()).Id);
        var job = await web.Jobs.FindAsync((await json.JobAsync()).Id);
        await client.DeleteAsync($"{MediaApi.Root}/{image}", TestContext.Current.CancellationToken);
        await client.DeleteAsync($"{MediaApi.Root}/{voice}", TestContext.Current.CancellationToken);

        Assert.Equal(uploaded!.Request.Inputs, job!.Request.Inputs);
        var store = web.Services.GetRequiredService<IMediaStore>();
        foreach (var input in job.Request.Inputs)
            Assert.Equal(input.Bytes, (await store.FindAsync($"jobs/{job.Id}/{input.Name}", TestContext.Current.CancellationToken))?.Bytes);
        using var again = await client.PostAsync(JobsApi.Root, Json(Document(image, voice)), TestContext.Current.CancellationToken);
        Assert.Equal("media_not_found", await again.ProblemCodeAsync());
    }

    [Theory(Timeout = 120_000)]
    [MemberData(nameof(BadDocuments))]
    public async Task JSON_is_read_strictly(string document, string field, string code)
    {
        using var client = await web.ClientAsync(_owner);

        using var response = await client.PostAsync(JobsApi.Root, Json(document), TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.BadRequest, field, code), (response.StatusCode, await FieldAsync(response), await response.ProblemCodeAsync()));
        Assert.Empty(await web.Jobs.ListAsync(new(_owner), null, 10));
    }

    [Theory(Timeout = 120_000)]
    [InlineData("image")]
    [InlineData("voice1")]
    [InlineData("voice2")]
    public async Task Somebody_else_s_upload_does_not_exist_wherever_it_is_named(string field)
    {
        using var client = await web.ClientAsync(_owner);
        using var other = await web.ClientAsync(Guid.NewGuid().ToString("n"));
        var (image, voice) = await UploadAsync(client);
        var theirs = await UploadAsync(other);
        var document = new JsonObject { ["image"] = image, ["voice1"] = voice, ["voice2"] = voice, ["prompt"] = Samples.Prompt, [field] = field == "image" ? theirs.Image : theirs.Voice };
        using var form = new MultipartFormDataContent();
        foreach (var (name, value) in document)
            form.Add(new StringContent((string)value!), name);

        foreach (var path in new[] { JobsApi.Root, JobsApi.Root + "/plan" })
        {
            using var json = await client.PostAsync(path, Json(document.ToJsonString()), TestContext.Current.CancellationToken);
            Assert.Equal((field, "media_not_found"), (await FieldAsync(json), await json.ProblemCodeAsync()));
        }

        using var parts = await client.PostAsync(JobsApi.Root, form, TestContext.Current.CancellationToken);
        Assert.Equal((field, "media_not_found"), (await FieldAsync(parts), await parts.ProblemCodeAsync()));
        Assert.Empty(await web.Jobs.ListAsync(new(_owner), null, 10));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_picture_is_no_voice()
    {
        using var client = await web.ClientAsync(_owner);
        var (image, voice) = await UploadAsync(client);

        using var response = await client.PostAsync(JobsApi.Root, Json(Document(voice, image)), TestContext.Current.CancellationToken);

        Assert.Equal("media_kind_wrong", await response.ProblemCodeAsync());
    }

    [Fact(Timeout = 120_000)]
    public async Task JSON_that_is_written_with_other_bytes_is_the_same_request()
    {
        using var client = await web.ClientAsync(_owner);
        var (image, voice) = await UploadAsync(client);
        var other = await UploadAsync(client);
        var key = Guid.NewGuid().ToString();
        using var first = await SubmitAsync(Document(image, voice, """, "options":{"seed":1,"steps":4}"""));

        using var shuffled = await SubmitAsync($$"""{ "options": {"steps":4, "seed":1}, "voice1": "{{voice}}", "prompt": "{{Samples.Prompt}}", "priority": 0, "image": "\u00{{(int)image[0]:x2}}{{image[1..]}}" }""");
        using var seed = await SubmitAsync(Document(image, voice, """, "options":{"seed":2,"steps":4}"""));
        using var file = await SubmitAsync(Document(image, other.Voice, """, "options":{"seed":1,"steps":4}"""));
        using var priority = await SubmitAsync(Document(image, voice, """, "options":{"seed":1,"steps":4},"priority":-1"""));
        await client.DeleteAsync($"{MediaApi.Root}/{image}", TestContext.Current.CancellationToken);
        using var later = await SubmitAsync(Document(image, voice, """, "options":{"seed":1,"steps":4}"""));

        var id = (await first.JobAsync()).Id;
        Assert.Equal((id, id), ((await shuffled.JobAsync()).Id, (await later.JobAsync()).Id));
        Assert.Equal("idempotency_key_reused", await seed.ProblemCodeAsync());
        Assert.Equal("idempotency_key_reused", await file.ProblemCodeAsync());
        Assert.Equal("idempotency_key_reused", await priority.ProblemCodeAsync());
        Assert.Single(await web.Jobs.ListAsync(new(_owner), null, 10));

        Task<HttpResponseMessage> SubmitAsync(string document) =>
            client.SendAsync(new(HttpMethod.Post, JobsApi.Root) { Content = Json(document), Headers = { { "Idempotency-Key", key } } }, TestContext.Current.CancellationToken);
    }

    [Theory(Timeout = 120_000)]
    [InlineData(-10, false, null)]
    [InlineData(1, false, "priority_reserved")]
    [InlineData(10, true, null)]
    [InlineData(11, true, "priority_invalid")]
    [InlineData(-11, true, "priority_invalid")]
    public async Task A_priority_is_taken_as_a_move_would(int priority, bool operates, string? code)
    {
        using var client = await web.ClientAsync(_owner, operates ? [Scopes.Submit, Scopes.Read, Scopes.Operate] : [Scopes.Submit, Scopes.Read]);
        var (image, voice) = await UploadAsync(client);
        using var form = Samples.Submission();
        form.Add(new StringContent($"{priority}"), "priority");

        using var json = await client.PostAsync(JobsApi.Root, Json(Document(image, voice, $", \"priority\":{priority}")), TestContext.Current.CancellationToken);
        using var parts = await client.PostAsync(JobsApi.Root, form, TestContext.Current.CancellationToken);

        foreach (var response in new[] { json, parts })
        {
            if (code is null)
                Assert.Equal(priority, (await response.JobAsync()).Priority);
            else
                Assert.Equal(code, await response.ProblemCodeAsync());
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task A_document_is_no_place_for_megabytes()
    {
        using var client = await web.ClientAsync(_owner);

        using var response = await client.PostAsync(JobsApi.Root, Json($$"""{"prompt":"{{new string('a', 300_000)}}"}"""), TestContext.Current.CancellationToken);

        Assert.Equal("upload_too_large", await response.ProblemCodeAsync());
    }

    private static async Task<(string Image, string Voice)> UploadAsync(HttpClient client) =>
        ((await MediaUploadTests.UploadAsync(client)).Id, (await MediaUploadTests.UploadAsync(client, _voice, "voice.wav", "audio/wav")).Id);

    private static string Document(string image, string voice, string more = "") => $$"""{"image":"{{image}}","voice1":"{{voice}}","prompt":"{{Samples.Prompt}}"{{more}}}""";

    private static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    private static MultipartFormDataContent Mixed(string image, byte[] voice, string options) => new()
    {
        { new StringContent(image), "image" },
        { new ByteArrayContent(voice), "voice1", "voice.wav" },
        { new StringContent(Samples.Prompt), "prompt" },
        { new StringContent(options), "options" },
    };

    internal static async Task<string?> FieldAsync(HttpResponseMessage response)
    {
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return problem.RootElement.GetProperty("errors")[0].GetProperty("field").GetString();
    }
}

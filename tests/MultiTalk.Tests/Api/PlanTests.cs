using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Tests.Jobs;
using MultiTalk.Web.Api;

namespace MultiTalk.Tests.Api;

public sealed class PlanTests(QueueOnlyWeb web) : IClassFixture<QueueOnlyWeb>
{
    private static readonly byte[] _couple = File.ReadAllBytes(Samples.Path("couple.png"));
    private static readonly byte[] _left = File.ReadAllBytes(Samples.Path("voice-left.wav"));
    private static readonly byte[] _right = File.ReadAllBytes(Samples.Path("voice-right.wav"));

    private const string Boxes = """[{"box":[140,222,460,462]},{"box":[70,815,462,1061]}]""";

    public static TheoryData<string, string, string, bool> BadSpeakers { get; } = new()
    {
        { "{}", "speakers", "speakers_invalid", true },
        { """[{"head":1}]""", "speakers[0].head", "speakers_invalid", true },
        { "[null,{}]", "speakers[0]", "speakers_invalid", true },
        { """[{"box":[1,2,3]},{}]""", "speakers[0].box", "speakers_invalid", true },
        { "[{}]", "voice2", "voice_without_speaker", true },
        { "[{},{}]", "voice2", "voice_missing", false },
        { "[{},{},{}]", "speakers", "speakers_out_of_range", true },
        { """[{},{"silent":true}]""", "speakers[1]", "speaker_not_silent", true },
        { """[{"box":[140,222,460,462]},{}]""", "speakers[1].box", "box_missing", true },
        { """[{"box":[222,140,1462,460]},{"box":[70,815,462,1061]}]""", "speakers[0].box", "box_outside", true },
        { """[{"box":[815,70,1061,462]},{"box":[70,815,462,1061]}]""", "speakers[0].box", "box_axes", true },
        { """[{},{"text":"Hello","ttsVoice":"af_heart"}]""", "speakers", "speech_mixed", false },
    };

    [Fact]
    public async Task A_plan_says_everything_and_keeps_nothing()
    {
        using var client = await web.ClientAsync(Guid.NewGuid().ToString("n"));
        var before = Directory.GetFileSystemEntries(Path.Combine(web.Data, "media"), "*", SearchOption.AllDirectories);

        using var response = await client.PostAsync(JobsApi.Root + "/plan", Samples.Submission("""{"engine":"multitalk","preset":"colab"}"""), TestContext.Current.CancellationToken);

        using var plan = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        string[] promised = ["width", "height", "mode", "frameNum", "motionFrame", "segments", "frames", "durationSeconds", "paddingSeconds", "arguments", "environment", "estimate"];
        Assert.Empty(promised.Except(plan.RootElement.EnumerateObject().Select(property => property.Name)));
        Assert.Equal(["minutes", "gpuMemoryGb", "hostMemoryGb", "basis"], plan.RootElement.GetProperty("estimate").EnumerateObject().Select(property => property.Name));
        Assert.Equal((247, 5, 42), (Number("frames"), Number("segments"), Number("seed")));
        Assert.Equal(before, Directory.GetFileSystemEntries(Path.Combine(web.Data, "media"), "*", SearchOption.AllDirectories));
        Assert.Empty((await client.GetFromJsonAsync<JsonElement>(JobsApi.Root, TestContext.Current.CancellationToken)).GetProperty("items").EnumerateArray());

        int Number(string name) => plan.RootElement.GetProperty(name).GetInt32();
    }

    [Fact]
    public async Task Two_people_can_have_boxes()
    {
        using var client = await web.ClientAsync("someone");

        using var response = await client.PostAsync(JobsApi.Root, Couple(Boxes, _right), TestContext.Current.CancellationToken);

        var job = await response.JobAsync();
        Assert.Equal([new Box(140, 222, 460, 462), new Box(70, 815, 462, 1061)], job.Speakers.Select(speaker => speaker.Box));
        Assert.Equal(["voice1.wav", "voice2.wav"], job.Speakers.Select(speaker => speaker.Voice));
    }

    [Fact]
    public async Task One_of_two_people_can_be_silent()
    {
        using var client = await web.ClientAsync("someone");

        using var response = await client.PostAsync(JobsApi.Root, Couple("""[{},{"silent":true}]""", null), TestContext.Current.CancellationToken);

        var job = await response.JobAsync();
        Assert.Equal(("para", "voice1.wav", null), (job.AudioType, job.Speakers[0].Voice, job.Speakers[1].Voice));
    }

    [Fact]
    public async Task Text_can_be_spoken_where_the_weights_are_and_is_queued_until_then()
    {
        using var client = await web.ClientAsync("someone");
        var text = string.Concat(Enumerable.Repeat("This is a sentence to be spoken. ", 4));
        using var form = Samples.Form(File.ReadAllBytes(Samples.Path("portrait.png")), null, Samples.Prompt, """{"engine":"multitalk"}""");
        form.Add(new StringContent($$"""[{"text":"{{text}}","ttsVoice":"bf_emma"}]"""), "speakers");

        using var response = await client.PostAsync(JobsApi.Root, form, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var job = await response.JobAsync();
        Assert.Equal((text, "bf_emma", null), (job.Speakers[0].Text, job.Speakers[0].TtsVoice, job.Speakers[0].Voice));
        Assert.Contains(JobNeeds.Of(job.Plan).Models, model => model == ModelSet.Tts);
    }

    [Theory]
    [MemberData(nameof(BadSpeakers))]
    public async Task Speakers_that_cannot_be_are_refused_by_name(string speakers, string field, string code, bool secondVoice)
    {
        using var client = await web.ClientAsync("someone");

        using var response = await client.PostAsync(JobsApi.Root + "/plan", Couple(speakers, secondVoice ? _right : null), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var error = problem.RootElement.GetProperty("errors").EnumerateArray().First();
        Assert.Equal((field, code), (error.GetProperty("field").GetString(), error.GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData("""{"steps":"20"}""", "options_invalid")]
    [InlineData("""{"steps":1,"steps":2}""", "options_invalid")]
    [InlineData("""{"loras":[null]}""", "lora_invalid")]
    [InlineData("""{"shift":1e400}""", "shift_out_of_range")]
    [InlineData("""{"loras":[{"file":"a.safetensors","scale":1},{"file":"a.v2.safetensors","scale":1}]}""", "lora_name_repeated")]
    public async Task Options_are_read_strictly(string options, string code)
    {
        using var client = await web.ClientAsync("someone");

        using var response = await client.PostAsync(JobsApi.Root + "/plan", Samples.Submission(options), TestContext.Current.CancellationToken);

        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(code, problem.RootElement.GetProperty("errors")[0].GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_text_that_is_no_utf8_is_refused()
    {
        using var client = await web.ClientAsync("someone");
        using var form = Samples.Form(_couple, _left, null);
        form.Add(new ByteArrayContent([0x41, 0xFF, 0xFE]), "prompt");

        using var response = await client.PostAsync(JobsApi.Root + "/plan", form, TestContext.Current.CancellationToken);

        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("text_not_utf8", problem.RootElement.GetProperty("errors")[0].GetProperty("code").GetString());
    }

    [Fact]
    public async Task Runners_are_listed_with_what_they_can_do_and_their_parity_report()
    {
        using var runner = await web.RunnerClientAsync();
        using var client = await web.ClientAsync("someone");
        var id = Guid.NewGuid().ToString("n");
        ParityCheck[] parity = [new(5, "misaki", "installed", "missing", false, "Install misaki[en].")];
        var registration = Requests.Registration(id, "listed") with { Report = new(parity, [new("import_misaki", "misaki", "can be imported", "not installed", false, "pip install misaki[en]")], Requests.Able) };
        using var registered = await runner.PostAsJsonAsync(RunnerProtocol.Register, registration, ContractsJson.Default.RegisterRequest, TestContext.Current.CancellationToken);

        var runners = await client.GetFromJsonAsync<JsonElement>(RunnersApi.Root, TestContext.Current.CancellationToken);

        var listed = runners.GetProperty("items").EnumerateArray().Single(entry => entry.GetProperty("id").GetString() == id);
        Assert.Equal("Install misaki[en].", listed.GetProperty("parity")[0].GetProperty("remedy").GetString());
        Assert.Equal(80, listed.GetProperty("abilities").GetProperty("gpu").GetProperty("memoryGb").GetDouble());
        Assert.True(listed.GetProperty("live").GetBoolean());
        var report = await client.GetFromJsonAsync<DoctorReport>($"{RunnersApi.Root}/{id}/doctor", TestContext.Current.CancellationToken);
        Assert.Equal((parity[0], "import_misaki"), (report!.Parity[0], report.Probes[0].Code));
        using var nobody = await client.GetAsync($"{RunnersApi.Root}/{Guid.NewGuid():n}/doctor", TestContext.Current.CancellationToken);
        Assert.Equal("runner_not_found", await nobody.ProblemCodeAsync());
    }

    private static MultipartFormDataContent Couple(string speakers, byte[]? second)
    {
        var form = Samples.Form(_couple, _left, "Two people talk");
        if (second is not null)
            form.Add(new ByteArrayContent(second), "voice2", "right.wav");
        form.Add(new StringContent(speakers), "speakers");
        return form;
    }
}

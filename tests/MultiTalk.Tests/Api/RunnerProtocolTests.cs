using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Tests.Jobs;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Api;

public sealed class RunnerProtocolTests(RunnerProtocolTests.OwnWeb web) : IClassFixture<RunnerProtocolTests.OwnWeb>
{
    private static readonly byte[] _output = RandomNumberGenerator.GetBytes(100_000);
    private static readonly string _sha256 = Convert.ToHexStringLower(SHA256.HashData(_output));
    private static readonly VideoFacts _video = new(640, 640, 247, 25, 9.88, _output.Length, _sha256);

    private readonly string _runner = Guid.NewGuid().ToString("n");

    [Fact]
    public async Task A_claim_without_work_ends_empty_and_an_unknown_runner_is_told_to_register()
    {
        using var runner = await web.RunnerClientAsync();

        using var unknown = await runner.PostAsJsonAsync(RunnerProtocol.ClaimNext, new ClaimRequest(_runner, [], []), Cancellation);
        await RegisterAsync(runner);
        using var empty = await runner.PostAsJsonAsync(RunnerProtocol.ClaimNext, new ClaimRequest(_runner, [], []), Cancellation);

        Assert.Equal("runner_not_registered", await unknown.ProblemCodeAsync());
        Assert.Equal(HttpStatusCode.NoContent, empty.StatusCode);
    }

    [Fact]
    public async Task A_job_goes_from_submission_to_video_and_the_trace_goes_along()
    {
        using var user = await web.ClientAsync("someone");
        using var runner = await web.RunnerClientAsync();
        await RegisterAsync(runner);
        var waiting = runner.PostAsJsonAsync(RunnerProtocol.ClaimNext, new ClaimRequest(_runner, [], []), Cancellation);
        using var click = new Activity("click").Start();
        var job = await (await user.PostAsync(JobsApi.Root, Samples.Submission(), Cancellation)).JobAsync();

        using var claimed = await waiting;
        var claim = await claimed.Content.ReadFromJsonAsync(ContractsJson.Default.Claim, Cancellation);
        Assert.Equal((job.Id, 1), (claim?.JobId, claim?.Attempt));
        Assert.Contains(click.TraceId.ToHexString(), claim?.TraceParent, StringComparison.Ordinal);
        var place = RunnerProtocol.Attempt(_runner, job.Id, 1);

        foreach (var input in claim!.Inputs)
        {
            var bytes = await runner.GetByteArrayAsync($"{place}/inputs/{input.Name}", Cancellation);
            Assert.Equal(input.Sha256, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }

        using var early = await runner.PostAsJsonAsync($"{place}/complete", _video, Cancellation);
        Assert.Equal("video_not_found", await early.ProblemCodeAsync());
        using var corrupt = await runner.SendAsync(Upload(place, _output[1..]), Cancellation);
        Assert.Equal("digest_mismatch", await corrupt.ProblemCodeAsync());
        for (var repetition = 0; repetition < 2; repetition++)
        {
            using var uploaded = await runner.SendAsync(Upload(place, _output), Cancellation);
            Assert.Equal(HttpStatusCode.NoContent, uploaded.StatusCode);
        }

        using var complete = await runner.PostAsJsonAsync($"{place}/complete", _video, Cancellation);
        Assert.Equal(HttpStatusCode.NoContent, complete.StatusCode);

        using var range = new HttpRequestMessage(HttpMethod.Get, $"{JobsApi.Root}/{job.Id}/video") { Headers = { Range = new RangeHeaderValue(10, 19) } };
        using var part = await user.SendAsync(range, Cancellation);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(_output[10..20], await part.Content.ReadAsByteArrayAsync(Cancellation));
        Assert.Equal($"\"{_sha256}\"", part.Headers.ETag?.Tag);
    }

    [Fact]
    public async Task A_canceled_job_fences_every_write_of_its_runner()
    {
        using var runner = await web.RunnerClientAsync();
        var id = JobStore.NewId();
        await web.Jobs.SubmitAsync(new(id, "someone", Requests.For("fenced")));
        var job = await web.Jobs.ClaimAsync(Requests.Runner(_runner, "fenced"), TestContext.Current.CancellationToken);
        await web.Jobs.CancelAsync(job!.Id);
        var place = RunnerProtocol.Attempt(_runner, id, 1);

        HttpResponseMessage[] answers =
        [
            await runner.PostAsJsonAsync($"{place}/heartbeat", new Heartbeat(new(Phase.Sampling, 1, 1, 5), []), Cancellation),
            await runner.GetAsync($"{place}/inputs/image.png", Cancellation),
            await runner.SendAsync(Upload(place, _output), Cancellation),
            await runner.PostAsJsonAsync($"{place}/complete", _video, Cancellation),
            await runner.PostAsJsonAsync($"{place}/fail", new JobError("a", "b", "c", "d", []), Cancellation),
            await runner.PostAsync($"{place}/release", null, Cancellation),
        ];

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode));
    }

    [Fact]
    public async Task A_claim_whose_answer_was_lost_goes_back_with_the_next_one_unless_the_runner_works_on_it()
    {
        using var runner = await web.RunnerClientAsync();
        var engine = Guid.NewGuid().ToString("n");
        using var registered = await runner.PostAsJsonAsync(RunnerProtocol.Register, Requests.Registration(_runner, engine), ContractsJson.Default.RegisterRequest, Cancellation);
        var id = JobStore.NewId();
        await web.Jobs.SubmitAsync(new(id, "someone", Requests.For(engine)));

        using var lost = await ClaimAsync(runner);
        using var again = await ClaimAsync(runner);
        using var working = await ClaimAsync(runner, new HeldAttempt(id, 2));

        Assert.Equal([1, 2], [(await ReadAsync(lost))?.Attempt, (await ReadAsync(again))?.Attempt]);
        Assert.Equal(HttpStatusCode.NoContent, working.StatusCode);
        Assert.Equal(["released", null], (await web.Jobs.FindAsync(id))!.Attempts.Select(attempt => attempt.Outcome));
    }

    [Fact]
    public async Task A_runner_that_gives_up_waiting_leaves_the_job_to_the_next()
    {
        using var runner = await web.RunnerClientAsync();
        var engine = Guid.NewGuid().ToString("n");
        using var registered = await runner.PostAsJsonAsync(RunnerProtocol.Register, Requests.Registration(_runner, engine), ContractsJson.Default.RegisterRequest, Cancellation);
        var other = Guid.NewGuid().ToString("n");
        for (var round = 0; round < 20; round++)
        {
            using var gives = new CancellationTokenSource();
            var waiting = runner.PostAsJsonAsync(RunnerProtocol.ClaimNext, new ClaimRequest(_runner, [], []), gives.Token);
            var id = JobStore.NewId();
            // At the same moment: whichever comes first.
            await Task.WhenAll(web.Jobs.SubmitAsync(new(id, "someone", Requests.For(engine))), gives.CancelAsync());
            await Task.WhenAny(waiting);
            if (waiting.IsCompletedSuccessfully)
                await web.Jobs.ReleaseAsync(new(id, 1, _runner));
            ClaimedJob? job;
            while ((job = await web.Jobs.ClaimAsync(Requests.Runner(other, engine), Cancellation)) is null)
            {
                // It is being put back; should nobody do that, the test's runner ends it.
                Cancellation.ThrowIfCancellationRequested();
            }

            Assert.Equal(id, job.Id);
            Assert.True(await web.Jobs.FailAsync(job.Holder!, new JobError("a", "b", "c", "d", [], Retryable: false)));
        }
    }

    [Fact]
    public async Task A_runner_that_leaves_is_offline_at_once_and_what_it_held_goes_back()
    {
        using var runner = await web.RunnerClientAsync();
        var engine = Guid.NewGuid().ToString("n");
        using var registered = await runner.PostAsJsonAsync(RunnerProtocol.Register, Requests.Registration(_runner, engine), ContractsJson.Default.RegisterRequest, Cancellation);
        var id = JobStore.NewId();
        await web.Jobs.SubmitAsync(new(id, "someone", Requests.For(engine)));
        using var claimed = await ClaimAsync(runner);

        using var left = await runner.PostAsJsonAsync(RunnerProtocol.Leave, new LeaveRequest(_runner), Cancellation);
        using var unknown = await runner.PostAsJsonAsync(RunnerProtocol.Leave, new LeaveRequest("x:claims"), Cancellation);

        Assert.Equal([HttpStatusCode.NoContent, HttpStatusCode.NoContent], [left.StatusCode, unknown.StatusCode]);
        Assert.Equal(JobState.Queued, (await web.Jobs.FindAsync(id))!.State);
        Assert.False((await web.Jobs.RunnersAsync()).Single(entry => entry.Id == _runner).Live);
    }

    [Fact]
    public async Task Another_runner_s_attempt_of_the_same_number_is_fenced()
    {
        using var runner = await web.RunnerClientAsync();
        var (id, _) = await RunningAsync();
        var place = RunnerProtocol.Attempt(Guid.NewGuid().ToString("n"), id, 1);

        HttpResponseMessage[] answers =
        [
            await runner.PostAsJsonAsync($"{place}/heartbeat", new Heartbeat(new(Phase.Sampling, 1, 1, 5), []), Cancellation),
            await runner.GetAsync($"{place}/inputs/image.png", Cancellation),
            await runner.SendAsync(Upload(place, _output), Cancellation),
            await runner.PostAsJsonAsync($"{place}/complete", _video, Cancellation),
            await runner.PostAsJsonAsync($"{place}/fail", new JobError("a", "b", "c", "d", []), Cancellation),
            await runner.PostAsync($"{place}/release", null, Cancellation),
        ];

        foreach (var answer in answers)
            Assert.Equal("attempt_fenced", await answer.ProblemCodeAsync());
        Assert.Equal(JobState.Running, (await web.Jobs.FindAsync(id))!.State);
        Assert.Empty(Outputs(id));
    }

    [Fact]
    public async Task An_upload_that_ends_after_its_attempt_was_fenced_leaves_no_file()
    {
        using var runner = await web.RunnerClientAsync();
        var (id, engine) = await RunningAsync();
        var first = RunnerProtocol.Attempt(_runner, id, 1);
        var fenced = new TaskCompletionSource();
        using var request = Upload(first, []);
        request.Content = new SlowContent(_output, fenced.Task);
        var uploading = runner.SendAsync(request, Cancellation);
        await ((SlowContent)request.Content).HalfSent;

        await web.Jobs.ReleaseAsync(new(id, 1, _runner));
        await web.Jobs.ClaimAsync(Requests.Runner(_runner, engine), Cancellation);
        fenced.SetResult();
        using var late = await uploading;
        using var stale = await runner.SendAsync(Upload(first, _output), Cancellation);

        Assert.Equal(["attempt_fenced", "attempt_fenced"], [await late.ProblemCodeAsync(), await stale.ProblemCodeAsync()]);
        Assert.Empty(Outputs(id));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(web.Data, "media", "incoming")));
    }

    [Fact]
    public async Task Completion_removes_what_other_attempts_have_uploaded()
    {
        using var runner = await web.RunnerClientAsync();
        var (id, engine) = await RunningAsync();
        using var first = await runner.SendAsync(Upload(RunnerProtocol.Attempt(_runner, id, 1), _output), Cancellation);
        await web.Jobs.ReleaseAsync(new(id, 1, _runner));
        await web.Jobs.ClaimAsync(Requests.Runner(_runner, engine), Cancellation);
        var place = RunnerProtocol.Attempt(_runner, id, 2);
        using var second = await runner.SendAsync(Upload(place, _output), Cancellation);
        Assert.Equal(2, Outputs(id).Length);

        using var complete = await runner.PostAsJsonAsync($"{place}/complete", _video, Cancellation);
        using var again = await runner.PostAsJsonAsync($"{place}/complete", _video, Cancellation);
        using var stale = await runner.PostAsJsonAsync($"{RunnerProtocol.Attempt(_runner, id, 1)}/complete", _video, Cancellation);

        Assert.Equal([HttpStatusCode.NoContent, HttpStatusCode.NoContent, HttpStatusCode.Conflict], [complete.StatusCode, again.StatusCode, stale.StatusCode]);
        Assert.Equal($"output-2-{_sha256}.mp4", Path.GetFileName(Assert.Single(Outputs(id))));
    }

    [Theory]
    [InlineData("short")]
    [InlineData("0123456789abcdef0123456789abcdef:claims")]
    [InlineData("0123456789ABCDEF0123456789ABCDEF")]
    public async Task A_runner_whose_id_is_none_is_refused(string id)
    {
        using var runner = await web.RunnerClientAsync();

        using var registered = await runner.PostAsJsonAsync(RunnerProtocol.Register, Requests.Registration(id, "preview"), ContractsJson.Default.RegisterRequest, Cancellation);
        using var claimed = await runner.PostAsJsonAsync(RunnerProtocol.ClaimNext, new ClaimRequest(id, [], []), Cancellation);

        Assert.Equal(["registration_unsound", "runner_not_registered"], [await registered.ProblemCodeAsync(), await claimed.ProblemCodeAsync()]);
    }

    [Fact]
    public async Task An_error_is_kept_with_its_last_lines_and_no_more()
    {
        using var runner = await web.RunnerClientAsync();
        var (id, _) = await RunningAsync();
        var error = new JobError("a", "b", "c", "d", [.. Enumerable.Range(1, 300).Select(line => $"{line} {new string('x', 3_000)}")], Retryable: false);

        using var failed = await runner.PostAsJsonAsync($"{RunnerProtocol.Attempt(_runner, id, 1)}/fail", error, Cancellation);

        var lines = (await web.Jobs.FindAsync(id))!.Error!.Lines;
        Assert.Equal((100, 2_000), (lines.Count, lines.Max(line => line.Length)));
        Assert.StartsWith("300 ", lines[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("..%2F..%2Fredis%2Fredis.log")]
    [InlineData("output.mp4")]
    public async Task A_runner_gets_the_inputs_of_its_job_and_no_other_file(string name)
    {
        using var runner = await web.RunnerClientAsync();
        var engine = Guid.NewGuid().ToString("n");
        var id = JobStore.NewId();
        await web.Jobs.SubmitAsync(new(id, "someone", Requests.For(engine)));
        await web.Jobs.ClaimAsync(Requests.Runner(_runner, engine), TestContext.Current.CancellationToken);

        using var answer = await runner.GetAsync($"{RunnerProtocol.Attempt(_runner, id, 1)}/inputs/{name}", Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Theory]
    [InlineData("x/../../../../../media/victim")]
    [InlineData("")]
    [InlineData("\"")]
    public async Task A_result_is_published_under_its_hash_and_no_other_name(string sha256)
    {
        using var runner = await web.RunnerClientAsync();
        await File.WriteAllTextAsync(Path.Combine(web.Data, "media", "victim.mp4"), "of another user", Cancellation);
        var engine = Guid.NewGuid().ToString("n");
        var id = JobStore.NewId();
        await web.Jobs.SubmitAsync(new(id, "someone", Requests.For(engine)));
        await web.Jobs.ClaimAsync(Requests.Runner(_runner, engine), TestContext.Current.CancellationToken);

        using var answer = await runner.PostAsJsonAsync($"{RunnerProtocol.Attempt(_runner, id, 1)}/complete", _video with { Sha256 = sha256, Bytes = 15 }, Cancellation);

        Assert.Equal("video_not_found", await answer.ProblemCodeAsync());
    }

    [Theory]
    [InlineData("""{"blockers":[null]}""")]
    [InlineData("""{"blockers":[],"models":[null]}""")]
    [InlineData("""{"blockers":[],"hostMemoryGb":1e300}""")]
    [InlineData("""{"blockers":[],"gpu":{"name":"x","memoryGb":-1}}""")]
    public async Task What_a_runner_cannot_be_is_refused(string abilities)
    {
        using var runner = await web.RunnerClientAsync();
        var registration = $$$"""{"runnerId":"{{{Guid.NewGuid():n}}}","name":"x","engine":"preview","version":"1","report":{"parity":[],"probes":[],"abilities":{{{abilities}}}}}""";

        using var answer = await runner.PostAsync(RunnerProtocol.Register, new StringContent(registration, System.Text.Encoding.UTF8, "application/json"), Cancellation);

        Assert.Equal("registration_unsound", await answer.ProblemCodeAsync());
    }

    [Fact]
    public async Task A_measurement_that_cannot_be_spoils_no_plan()
    {
        using var runner = await web.RunnerClientAsync();
        var id = Guid.NewGuid().ToString("n");
        var engine = Guid.NewGuid().ToString("n");
        using var registered = await runner.PostAsJsonAsync(RunnerProtocol.Register, Requests.Registration(id, engine), ContractsJson.Default.RegisterRequest, Cancellation);
        string[] parts = ["loading", "firstStep", "perUnit", "decoding", "saving", "lateSteps"];
        string[] measured = ["null", .. parts.SelectMany(part => new[] { Measured(1, part, "1e308"), Measured(1, part, "-1") }), Measured(7, "", "")];
        var claim = $$"""{"runnerId":"{{id}}","measurements":[{{string.Join(',', measured)}}],"working":[]}""";

        using var claimed = await runner.PostAsync(RunnerProtocol.ClaimNext, new StringContent(claim, Encoding.UTF8, "application/json"), Cancellation);

        Assert.Equal(HttpStatusCode.NoContent, claimed.StatusCode);
        // Those before it would have been taken instead.
        Assert.Equal("measured on this runner in 7 runs", (await web.Jobs.FleetAsync()).Fit(Requests.For(engine).Plan).Estimate.Basis);

        string Measured(int runs, string wrong, string value)
        {
            var seconds = string.Join(',', parts.Select(part => $"\"{part}\":{(part == wrong ? value : "2")}"));
            return $$"""{"engine":"{{engine}}","gpus":1,"runs":{{runs}},"seconds":{ {{seconds}} } }""";
        }
    }

    [Fact]
    public async Task Progress_that_cannot_be_is_bounded()
    {
        using var runner = await web.RunnerClientAsync();
        var engine = Guid.NewGuid().ToString("n");
        var id = JobStore.NewId();
        await web.Jobs.SubmitAsync(new(id, "someone", Requests.For(engine)));
        Assert.NotNull(await web.Jobs.ClaimAsync(Requests.Runner(_runner, engine), Cancellation));
        const string progress = """{"phase":"sampling","percent":1e300,"segment":2000000000,"segments":-5,"etaSeconds":1e300,"step":-3,"quietSeconds":-1,"usualSeconds":1e308}""";

        using var answer = await runner.PostAsync(RunnerProtocol.Attempt(_runner, id, 1) + "/heartbeat", new StringContent($$"""{"progress":{{progress}},"lines":[]}""", Encoding.UTF8, "application/json"), Cancellation);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(new GenerationProgress(Phase.Sampling, 100, 0, 0), (await web.Jobs.FindAsync(id))!.Progress);
    }

    [Theory]
    [InlineData("register", "{}")]
    [InlineData("claim", "{}")]
    [InlineData("runners/0123456789abcdef0123456789abcdef/jobs/0123456789abcdef0123456789abcdef/attempts/1/heartbeat", "{}")]
    [InlineData("runners/0123456789abcdef0123456789abcdef/jobs/0123456789abcdef0123456789abcdef/attempts/1/heartbeat", """{"progress":null,"lines":[]}""")]
    [InlineData("runners/0123456789abcdef0123456789abcdef/jobs/0123456789abcdef0123456789abcdef/attempts/1/fail", """{"code":"a"}""")]
    [InlineData("runners/0123456789abcdef0123456789abcdef/jobs/0123456789abcdef0123456789abcdef/attempts/1/complete", "no JSON")]
    public async Task A_message_that_lacks_something_is_refused(string path, string json)
    {
        using var runner = await web.RunnerClientAsync();

        using var answer = await runner.PostAsync("/runner/v1/" + path, new StringContent(json, Encoding.UTF8, "application/json"), Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("bad_request", await answer.ProblemCodeAsync());
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static HttpRequestMessage Upload(string place, byte[] bytes) => new(HttpMethod.Put, $"{place}/output")
    {
        Content = new ByteArrayContent(bytes),
        Headers = { { "Repr-Digest", $"sha-256=:{Convert.ToBase64String(Convert.FromHexString(_sha256))}:" } },
    };

    private static Task<Claim?> ReadAsync(HttpResponseMessage claimed) => claimed.Content.ReadFromJsonAsync(ContractsJson.Default.Claim, Cancellation);

    private Task<HttpResponseMessage> ClaimAsync(HttpClient runner, params HeldAttempt[] working) =>
        runner.PostAsJsonAsync(RunnerProtocol.ClaimNext, new ClaimRequest(_runner, [], working), Cancellation);

    private string[] Outputs(string id) => Directory.GetFiles(Path.Combine(web.Data, "media", "jobs", id), "output-*");

    // A job that this test's runner works on, with a place for its files.
    private async Task<(string Id, string Engine)> RunningAsync()
    {
        var (id, engine) = (JobStore.NewId(), Guid.NewGuid().ToString("n"));
        await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(Path.Combine(web.Data, "media", "jobs", id)).FullName, "image.png"), "", Cancellation);
        await web.Jobs.SubmitAsync(new(id, "someone", Requests.For(engine)));
        Assert.NotNull(await web.Jobs.ClaimAsync(Requests.Runner(_runner, engine), Cancellation));
        return (id, engine);
    }

    private async Task RegisterAsync(HttpClient runner)
    {
        using var response = await runner.PostAsJsonAsync(RunnerProtocol.Register, Requests.Registration(_runner, "preview"), Cancellation);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    /// <summary>Claims wait as long as in production: the job has to wake them.</summary>
    public sealed class OwnWeb() : TestWeb(new() { ["Embedded:Runner"] = "false", ["Jobs:ClaimPoll"] = "00:00:05" });

    /// <summary>Sends half of its bytes, and the rest when it may.</summary>
    private sealed class SlowContent(byte[] bytes, Task rest) : HttpContent
    {
        private readonly TaskCompletionSource _halfSent = new();

        public Task HalfSent => _halfSent.Task;

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(bytes.AsMemory(0, bytes.Length / 2));
            await stream.FlushAsync();
            _halfSent.SetResult();
            await rest;
            await stream.WriteAsync(bytes.AsMemory(bytes.Length / 2));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = bytes.Length;
            return true;
        }
    }
}

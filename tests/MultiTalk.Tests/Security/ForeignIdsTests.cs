using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Tests.Jobs;
using MultiTalk.Tests.Webhooks;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Security;

/// <summary>
/// Whoever asks for what belongs to somebody else gets, to the letter, the answer for what does not exist. Every endpoint of the
/// running Web that takes an id is asked, with real ids.
/// </summary>
public sealed class ForeignIdsTests : IAsyncLifetime
{
    private const string Prompt = "Nobody else may read these words";

    private static readonly byte[] _output = RandomNumberGenerator.GetBytes(10_000);
    private static readonly string _sha256 = Convert.ToHexStringLower(SHA256.HashData(_output));

    // Parts of a path that name nothing that belongs to somebody.
    private static readonly string[] _noIds = ["attempt", "name", "documentName", "path"];

    // Runners belong to nobody: whoever may read sees them all.
    private static readonly string[] _everybodys = ["/api/v1/runners/{id}/doctor", "/api/v1/runners/{id}/drain", "/api/v1/runners/{id}/resume"];

    // What is sent, where anything is needed to get as far as the id.
    private static readonly Dictionary<string, Func<HttpContent>> _bodies = new()
    {
        ["PATCH /api/v1/jobs/{id}"] = () => JsonContent.Create(new { shared = true }),
        ["PATCH /api/v1/keys/{id}"] = () => JsonContent.Create(new { name = "mine now" }),
        ["PATCH /api/v1/webhooks/{id}"] = () => JsonContent.Create(new { active = false }),
        ["POST /runner/v1/runners/{runner}/jobs/{id}/attempts/{attempt}/heartbeat"] = () => JsonContent.Create(new Heartbeat(new(Phase.Sampling, 0, 1, 1), [])),
        ["POST /runner/v1/runners/{runner}/jobs/{id}/attempts/{attempt}/complete"] = () => JsonContent.Create(new VideoFacts(640, 640, 81, 25, 3.24, _output.Length, _sha256)),
        ["POST /runner/v1/runners/{runner}/jobs/{id}/attempts/{attempt}/fail"] = () => JsonContent.Create(new JobError("code", "title", "cause", "remedy", [])),
        ["PUT /runner/v1/runners/{runner}/jobs/{id}/attempts/{attempt}/output"] = () => new ByteArrayContent(_output),
    };

    private readonly HookWeb _web = HookWeb.Start();

    // By the part of the path before the id: what is Bob's, and what is Eve's own.
    private readonly Dictionary<string, List<string>> _his = [];
    private readonly Dictionary<string, List<string>> _hers = [];
    private readonly Dictionary<string, HttpClient> _bob = [];
    private readonly Dictionary<string, HttpClient> _eve = [];
    private Receiver _receiver = null!;

    public async ValueTask InitializeAsync()
    {
        _receiver = await Receiver.StartAsync();
        await FillAsync("bob", _his, _bob);
        await FillAsync("eve", _hers, _eve);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _bob.Values.Concat(_eve.Values))
            client.Dispose();
        await _web.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task What_is_somebody_else_s_is_answered_as_what_does_not_exist()
    {
        List<string> wrong = [];
        var asked = 0;
        foreach (var (endpoint, method) in Endpoints())
        {
            var (shown, owned) = (Shown(endpoint), Owned(endpoint));
            foreach (var ids in Choices(owned).Where(ids => ids.Any(id => id.Foreign)))
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                var foreign = await AskAsync(_eve, endpoint, method, ids.ConvertAll(id => id.Value));
                var unknown = await AskAsync(_eve, endpoint, method, ids.ConvertAll(id => id.Foreign ? Unknown(id.Value) : id.Value));
                asked++;
                if (foreign != unknown)
                    wrong.Add($"{method} {shown} tells a foreign id ({foreign}) from an unknown one ({unknown}).");
                // A request that fails before its id is looked at shows nothing; and a page tells on itself.
                if (!unknown.StartsWith("40", StringComparison.Ordinal) || (unknown.StartsWith("400", StringComparison.Ordinal) && !shown.StartsWith("/jobs/", StringComparison.Ordinal)))
                    wrong.Add($"{method} {shown} answers {unknown} to an unknown id; give this test a body for it.");
            }
        }

        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong.Take(10)));
        Assert.True(asked > 60, $"Only {asked} requests were made.");
    }

    [Fact(Timeout = 300_000)]
    public async Task To_whom_they_belong_the_same_ids_are_known()
    {
        List<string> unknown = [];
        foreach (var (endpoint, method) in Endpoints().Where(entry => entry.Method is "GET" or "HEAD"))
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            var answers = new List<string>();
            foreach (var ids in Choices(Owned(endpoint)).Where(ids => ids.All(id => id.Foreign)))
                answers.Add(await AskAsync(_bob, endpoint, method, ids.ConvertAll(id => id.Value)));
            if (!answers.Any(answer => answer.StartsWith("200", StringComparison.Ordinal)))
                unknown.Add($"{method} {Shown(endpoint)}: {string.Join("; ", answers)}");
        }

        Assert.Empty(unknown);
    }

    [Theory(Timeout = 120_000)]
    [InlineData(JobsApi.Root)]
    [InlineData(JobsApi.Root + "/plan")]
    public async Task Somebody_else_s_upload_in_a_submission_is_as_one_that_does_not_exist(string path)
    {
        List<string> answers = [];
        foreach (var id in new[] { _his["media"][0], Unknown(_his["media"][0]) })
        {
            using var response = await _eve["api"].PostAsJsonAsync(path, new { image = id, voice1 = id, prompt = "x" }, TestContext.Current.CancellationToken);
            answers.Add(await SaidAsync(response, [id]));
        }

        Assert.Equal(answers[1], answers[0]);
        Assert.StartsWith("400", answers[0], StringComparison.Ordinal);
        using var own = await _bob["api"].PostAsJsonAsync(path, new { image = _his["media"][0], voice1 = _his["media"][1], prompt = "x" }, TestContext.Current.CancellationToken);
        Assert.True(own.IsSuccessStatusCode, await own.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 120_000)]
    public async Task Lists_hold_nothing_of_somebody_else()
    {
        string[] lists =
        [
            JobsApi.Root, $"{JobsApi.Root}?cursor={_his["jobs"][^1]}", $"{JobsApi.Root}?retryOf={_his["jobs"][0]}", $"{JobsApi.Root}?shared=true", MediaApi.Root, WebhooksApi.Root, KeysApi.Root,
        ];
        foreach (var list in lists)
        {
            var text = await _eve["api"].GetStringAsync(list, TestContext.Current.CancellationToken);
            Assert.All(_his.Where(kind => kind.Key != "runners").SelectMany(kind => kind.Value), id => Assert.DoesNotContain(id, text, StringComparison.Ordinal));
        }
    }

    // One of everything: jobs that wait, run and have ended with a video, uploads, a webhook with a delivery, a key, a runner and its token.
    private async Task FillAsync(string owner, Dictionary<string, List<string>> ids, Dictionary<string, HttpClient> clients)
    {
        var api = clients["api"] = await _web.ClientAsync(owner, Scopes.Submit, Scopes.Read);
        var link = await _web.Access.NewSignInAsync(new("person", owner, [Scopes.Submit, Scopes.Read]), TimeSpan.FromMinutes(1));
        clients["page"] = new(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = _web.Address };
        using var signedIn = await clients["page"].GetAsync($"/sign-in?token={link}", TestContext.Current.CancellationToken);

        using var administrator = await _web.ClientAsync("root", Scopes.Administer);
        using var made = await administrator.PostAsJsonAsync(RunnerTokensApi.Root, new NewRunnerTokenRequest(owner), TestContext.Current.CancellationToken);
        var token = (await made.Content.ReadFromJsonAsync<RunnerTokenDocument>(TestContext.Current.CancellationToken))!;
        ids["runner-tokens"] = [token.Id];
        var runner = clients["runner"] = new() { BaseAddress = _web.Address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token.Token) } };
        var runnerId = JobStore.NewId();
        ids["runners"] = [runnerId];
        using var registered = await runner.PostAsJsonAsync(RunnerProtocol.Register, Requests.Registration(runnerId, "preview"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, registered.StatusCode);

        ids["jobs"] = [];
        for (var job = 0; job < 3; job++)
        {
            using var form = Samples.Form(await File.ReadAllBytesAsync(Samples.Path("portrait.png"), TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(Samples.Path("voice.wav"), TestContext.Current.CancellationToken), Prompt,
                // The last one waits: no runner has that engine.
                job < 2 ? """{"engine":"preview"}""" : """{"engine":"multitalk"}""");
            ids["jobs"].Add((await (await api.PostAsync(JobsApi.Root, form, TestContext.Current.CancellationToken)).JobAsync()).Id);
            if (job == 2)
                break;
            using var claimed = await runner.PostAsJsonAsync(RunnerProtocol.ClaimNext, new ClaimRequest(runnerId, [], [.. ids["jobs"].SkipLast(1).Select(id => new HeldAttempt(id, 1))]), TestContext.Current.CancellationToken);
            Assert.Equal(ids["jobs"][job], (await claimed.Content.ReadFromJsonAsync(ContractsJson.Default.Claim, TestContext.Current.CancellationToken))?.JobId);
            if (job == 1)
                continue;
            var place = RunnerProtocol.Attempt(runnerId, ids["jobs"][0], 1);
            using var beating = await runner.PostAsJsonAsync($"{place}/heartbeat", new Heartbeat(new(Phase.Sampling, 0, 1, 1), []), TestContext.Current.CancellationToken);
            using var upload = new HttpRequestMessage(HttpMethod.Put, $"{place}/output") { Content = new ByteArrayContent(_output), Headers = { { "Repr-Digest", Digest } } };
            using var uploaded = await runner.SendAsync(upload, TestContext.Current.CancellationToken);
            using var completed = await runner.PostAsJsonAsync($"{place}/complete", new VideoFacts(640, 640, 81, 25, 3.24, _output.Length, _sha256), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.NoContent, completed.StatusCode);
        }

        ids["media"] = [];
        foreach (var (part, file) in new[] { ("image", "portrait.png"), ("voice1", "voice.wav") })
        {
            using var form = new MultipartFormDataContent { { new ByteArrayContent(await File.ReadAllBytesAsync(Samples.Path(file), TestContext.Current.CancellationToken)), part.TrimEnd('1'), file } };
            using var stored = await api.PostAsync(MediaApi.Root, form, TestContext.Current.CancellationToken);
            Assert.True(stored.IsSuccessStatusCode, await stored.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            ids["media"].Add((await stored.Content.ReadFromJsonAsync<JsonObject>(TestContext.Current.CancellationToken))!["id"]!.ToString());
        }

        ids["webhooks"] = [(await HookWeb.RegisterAsync(api, _receiver.Url, "job.failed")).Id];
        using var tested = await api.PostAsync($"{WebhooksApi.Root}/{ids["webhooks"][0]}/test", null, TestContext.Current.CancellationToken);
        ids["deliveries"] = [(await tested.Content.ReadFromJsonAsync<DeliveryDocument>(TestContext.Current.CancellationToken))!.Id];
        ids["keys"] = [JobStore.NewId()];
        await _web.Access.AddKeyAsync(Secret.New(Secret.OfKey), new(ids["keys"][0], owner, [Scopes.Read]));
    }

    private static string Digest => $"sha-256=:{Convert.ToBase64String(Convert.FromHexString(_sha256))}:";

    private IEnumerable<(RouteEndpoint Endpoint, string Method)> Endpoints() =>
        from endpoint in _web.Services.GetRequiredService<IEnumerable<EndpointDataSource>>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
        where Owned(endpoint).Count > 0 && !_everybodys.Contains(Shown(endpoint))
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        select (endpoint, method);

    // What each id in a path names: the part before it.
    private static List<string> Owned(RouteEndpoint endpoint)
    {
        List<string> owned = [];
        var before = "";
        foreach (var segment in endpoint.RoutePattern.PathSegments)
        {
            foreach (var part in segment.Parts.OfType<RoutePatternParameterPart>().Where(part => !part.IsCatchAll && !_noIds.Contains(part.Name)))
                owned.Add(before);
            before = segment.Parts is [RoutePatternLiteralPart literal] ? literal.Content : "";
        }

        return owned;
    }

    // Bob's, Eve's own and unknown ones, in every combination.
    private List<List<(string Value, bool Foreign)>> Choices(List<string> owned)
    {
        List<List<(string, bool)>> choices = [[]];
        foreach (var kind in owned)
        {
            Assert.True(_his.ContainsKey(kind), $"An endpoint takes the id of one of \"{kind}\", of which this test has none.");
            List<(string, bool)> ids = [.. _his[kind].Select(id => (id, true)), (_hers[kind][^1], false), (Unknown(_his[kind][0]), false)];
            choices = [.. from choice in choices from id in ids select choice.Append(id).ToList()];
        }

        return choices;
    }

    // Of the same form.
    private static string Unknown(string id) => string.Concat(id.Select(digit => char.IsAsciiHexDigit(digit) ? (digit == '7' ? '8' : '7') : digit));

    private static async Task<string> AskAsync(Dictionary<string, HttpClient> clients, RouteEndpoint endpoint, string method, List<string> ids)
    {
        var shown = Shown(endpoint);
        var next = 0;
        var path = "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
        {
            RoutePatternLiteralPart literal => literal.Content,
            RoutePatternParameterPart { Name: "attempt" } => "1",
            RoutePatternParameterPart { Name: "name" } => "image.png",
            _ => ids[next++],
        }))));
        var client = clients[shown.StartsWith("/api/", StringComparison.Ordinal) ? "api" : shown.StartsWith("/runner/", StringComparison.Ordinal) ? "runner" : "page"];
        using var request = new HttpRequestMessage(new(method), path)
        {
            Content = method is "GET" or "HEAD" ? null : _bodies.TryGetValue($"{method} {shown}", out var body) ? body() : new StringContent("{}", Encoding.UTF8, "application/json"),
        };
        if (method == "PUT")
            request.Headers.Add("Repr-Digest", Digest);
        request.Headers.Accept.ParseAdd(client == clients["page"] ? "text/html" : "*/*");
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        return await SaidAsync(response, ids);
    }

    // Status, headers and body, apart from the ids, the time and the trace; of a page, whether it shows what it must not.
    private static async Task<string> SaidAsync(HttpResponseMessage response, List<string> ids)
    {
        var status = (int)response.StatusCode;
        // A stream does not end.
        if (status < 300)
            return $"{status}";
        var headers = string.Join(' ', response.Headers.Concat(response.Content.Headers).Where(header => header.Key is not ("Date" or "Set-Cookie" or "Content-Length"))
            .Select(header => $"{header.Key}={string.Join(',', header.Value)}").Order(StringComparer.Ordinal));
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain(Prompt, text, StringComparison.Ordinal);
        // Every page is another one, by its tokens.
        if (response.Content.Headers.ContentType?.MediaType == "text/html")
            return $"{status}";
        if (response.Content.Headers.ContentType?.MediaType == "application/problem+json" && text.Length > 0)
        {
            var problem = JsonNode.Parse(text)!.AsObject();
            problem.Remove("traceId");
            text = problem.ToJsonString();
        }

        foreach (var id in ids)
            text = text.Replace(id, "<id>", StringComparison.Ordinal);
        return $"{status} {headers} {text}";
    }

    private static string Shown(RouteEndpoint endpoint) => "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
    {
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternParameterPart parameter => $"{{{parameter.Name}}}",
        _ => ".",
    }))));
}

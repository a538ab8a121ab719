using System.Net;
using System.Net.Sockets;
using System.Text;
using MultiTalk.Tests.Api;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;

namespace MultiTalk.Tests.Security;

public sealed class HeaderTests(QueueOnlyWeb web) : IClassFixture<QueueOnlyWeb>
{
    public static TheoryData<string> Addresses { get; } = ["/health", "/signed-out", "/api/v1/jobs", "/api/v1/nothing", "/openapi/v1.json", "/docs/", "/runner/v1/claim"];

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Every_answer_carries_what_browsers_obey_and_says_nothing_of_the_server(string address)
    {
        using var client = await web.ClientAsync("someone");

        using var answer = await client.GetAsync(address, TestContext.Current.CancellationToken);

        var headers = answer.Headers;
        Assert.Contains("default-src '", headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("nosniff", headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-referrer", headers.GetValues("Referrer-Policy").Single());
        Assert.Contains("camera=()", headers.GetValues("Permissions-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("same-origin", headers.GetValues("Cross-Origin-Opener-Policy").Single());
        Assert.Equal("same-origin", headers.GetValues("Cross-Origin-Resource-Policy").Single());
        Assert.False(headers.Contains("Server"));
        Assert.False(headers.Contains("X-Powered-By"));
        Assert.False(headers.Contains("Strict-Transport-Security"));
        Assert.True(headers.CacheControl?.NoStore, $"{headers.CacheControl}");
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("OPTIONS")]
    public async Task No_other_site_is_let_in(string method)
    {
        using var client = await web.ClientAsync("someone");
        using var request = new HttpRequestMessage(new(method), "/api/v1/jobs");
        request.Headers.Add("Origin", "https://elsewhere.example");
        request.Headers.Add("Access-Control-Request-Method", "POST");

        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
    }

    [Theory(Timeout = 120_000)]
    [InlineData(null, false)]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.0.0.0/8, ::1", false)]
    public async Task Who_forwards_is_believed_only_where_it_was_configured(string? proxies, bool believed)
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var proxied = new WebOn(redis, [("Api:Proxies", proxies ?? "")]);
        using var client = proxied.Stranger();
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");

        using var answer = await client.GetAsync("/alive", TestContext.Current.CancellationToken);

        Assert.Equal(believed, answer.Headers.Contains("Strict-Transport-Security"));
    }

    [Theory]
    [InlineData("GET", "/api/v1/nothing", "", HttpStatusCode.NotFound, "not_found")]
    [InlineData("POST", "/api/v1/nothing", "", HttpStatusCode.NotFound, "not_found")]
    [InlineData("GET", "/api/v1/jobs/no-id", "", HttpStatusCode.NotFound, "not_found")]
    [InlineData("PUT", "/api/v1/jobs", "", HttpStatusCode.MethodNotAllowed, "method_not_allowed")]
    [InlineData("PATCH", "/api/v1/jobs/0123456789abcdef0123456789abcdef", "text/plain", HttpStatusCode.UnsupportedMediaType, "media_type_unsupported")]
    [InlineData("PATCH", "/api/v1/jobs/0123456789abcdef0123456789abcdef", "application/json", HttpStatusCode.BadRequest, "bad_request")]
    [InlineData("PATCH", "/api/v1/jobs/0123456789abcdef0123456789abcdef", "application/json; charset=nonsense", HttpStatusCode.UnsupportedMediaType, "media_type_unsupported")]
    [InlineData("GET", "/api/v1/jobs?limit=many", "", HttpStatusCode.BadRequest, "bad_request")]
    public async Task What_the_framework_refuses_is_a_problem_like_any_other(string method, string path, string type, HttpStatusCode status, string code)
    {
        using var client = await web.ClientAsync("someone");
        using var request = new HttpRequestMessage(new(method), path);
        // It answers in its own words even to who would rather have something else.
        request.Headers.Accept.ParseAdd("image/png");
        if (type.Length > 0)
            request.Content = new ByteArrayContent("{"u8.ToArray()) { Headers = { { "Content-Type", type } } };

        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(code, await ProblemRules.CheckAsync(answer, request.Method));
    }

    [Theory]
    [InlineData("/api/v1/jobs/cancel", """{"sate": "running"}""", "$.sate")]
    [InlineData("/api/v1/keys", """{"name": "x", "scopes": ["read"], "limits": {"queued": 1}}""", "$.limits.queued")]
    [InlineData("/api/v1/keys", """{"name": "x", "scopes": ["read"], "scopes": ["submit"]}""", "$.scopes")]
    [InlineData("/api/v1/webhooks", """{"url": "https://example.com", "secret": "x"}""", "$.secret")]
    [InlineData("/api/v1/webhooks", """{"url": 5}""", "$.url")]
    public async Task What_is_not_known_in_a_body_or_comes_twice_is_refused_and_named(string path, string body, string where)
    {
        using var client = await web.ClientAsync("someone");

        using var answer = await client.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);

        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains($"at {where}:", text, StringComparison.Ordinal);
        Assert.DoesNotContain("MultiTalk.", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_method_is_answered_with_the_right_ones()
    {
        using var client = await web.ClientAsync("someone");

        using var answer = await client.PutAsync("/api/v1/jobs", null, TestContext.Current.CancellationToken);

        Assert.Contains("GET", answer.Content.Headers.Allow);
        Assert.Contains("POST", answer.Content.Headers.Allow);
        Assert.DoesNotContain("PUT", answer.Content.Headers.Allow);
    }

    [Fact]
    public async Task A_body_that_is_too_long_for_some_words_is_refused()
    {
        using var client = await web.ClientAsync("someone");
        using var body = new StringContent($"{{\"priority\": 1, \"more\": \"{new string('x', 70_000)}\"}}", Encoding.UTF8, "application/json");

        using var answer = await client.PatchAsync("/api/v1/jobs/0123456789abcdef0123456789abcdef", body, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        await ProblemRules.CheckAsync(answer, HttpMethod.Patch);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_request_that_arrives_too_slowly_is_given_up_with_a_problem()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var patient = new WebOn(redis);

        var answer = await BeginAsync(patient, TestContext.Current.CancellationToken);

        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        Assert.Contains("\"upload_too_slow\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_tells_anybody_one_word_and_its_operators_what_is_wrong()
    {
        using var stranger = web.Stranger();
        using var reader = await web.ClientAsync("someone", Scopes.Read);
        using var operators = await web.ClientAsync("someone", Scopes.Operate);

        Assert.Equal("Healthy", await stranger.GetStringAsync("/health", TestContext.Current.CancellationToken));
        Assert.Equal("Healthy", await stranger.GetStringAsync("/alive", TestContext.Current.CancellationToken));
        using var refused = await reader.GetAsync(HealthApi.Root, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("\"redis\"", await operators.GetStringAsync(HealthApi.Root, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    // Sends the beginning of a message and waits for what is said of it.
    private static async Task<string> BeginAsync(TestWeb web, CancellationToken cancellationToken)
    {
        var key = Secret.New(Secret.OfKey);
        await web.Access.AddKeyAsync(key, new Grant("slow", "someone", Scopes.All));
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", web.Address.Port, cancellationToken);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"PATCH {JobsApi.Root}/0123456789abcdef0123456789abcdef HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"),
            cancellationToken);
        using var reader = new StreamReader(stream);
        var text = new StringBuilder();
        while (!text.ToString().Contains("traceId", StringComparison.Ordinal))
            text.AppendLine(await reader.ReadLineAsync(cancellationToken) ?? throw new EndOfStreamException(text.ToString()));
        return text.ToString();
    }
}

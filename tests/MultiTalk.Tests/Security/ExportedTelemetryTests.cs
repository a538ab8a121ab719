using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MultiTalk.Tests.Embedded;
using MultiTalk.Tests.Faults;
using MultiTalk.Tests.Webhooks;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;
using MultiTalk.Web.Webhooks;

namespace MultiTalk.Tests.Security;

/// <summary>What a collector of telemetry receives of a Web with its runner, at the most talkative level of the log: nothing that opens a door, and no words of people.</summary>
public sealed class ExportedTelemetryTests
{
    [Fact(Timeout = 300_000)]
    public async Task No_secret_address_or_prompt_is_exported()
    {
        await using var collector = await Collector.StartAsync();
        await using var receiver = await Receiver.StartAsync(context =>
        {
            context.Response.StatusCode = context.Request.Path.Value!.Contains("absent", StringComparison.Ordinal) ? 404 : 200;
            return Task.CompletedTask;
        });
        using var data = new TempDirectory();
        Dictionary<string, string> secrets = new() { ["the address of a webhook"] = "secret-path", ["its query"] = "QUERYSECRET", ["an unknown key"] = "UNKNOWNSECRET", ["a prompt"] = "PROMPTSECRET" };
        using (var web = await WebProcess.StartAsync(data.Path,
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
            ("Logging__LogLevel__Default", "Trace"), ("Logging__LogLevel__Microsoft.AspNetCore", "Trace"), ("Logging__LogLevel__System.Net.Http.HttpClient", "Trace"),
            ("DOTNET_STARTUP_HOOKS", typeof(StartupHook).Assembly.Location), (StartupHook.Trust, Receiver.CertificateHash)))
        {
            secrets["the administrator's key"] = web.Client.DefaultRequestHeaders.Authorization!.Parameter!;
            secrets["a sign-in link"] = (await web.NextLineWithAsync("Sign in (works once)")).Split("token=")[1].Trim();
            await UseAsync(web, receiver, secrets, TestContext.Current.CancellationToken);
            Assert.Equal(0, await web.InterruptAsync());
        }

        var told = collector.Received.ToLookup(request => request.Path, request => request.Body);
        Assert.All(["/v1/traces", "/v1/logs", "/v1/metrics"], path => Assert.NotEmpty(told[path]));
        // It is the traffic of this test, and its runner.
        Assert.All(["/api/v1/jobs/{id", "/api/v1/webhooks", "/sign-in", "MultiTalk.GpuRunner"], text => Assert.Contains(collector.Received, request => request.Body.Contains(text, StringComparison.Ordinal)));
        Assert.Empty(
            from secret in secrets
            from request in collector.Received
            let at = request.Body.IndexOf(secret.Value, StringComparison.Ordinal)
            where at >= 0
            select $"{secret.Key} in {request.Path}: …{request.Body[Math.Max(0, at - 200)..Math.Min(request.Body.Length, at + 100)]}…");
    }

    // Everything in which a secret has a part: keys, tokens, links, cookies, addresses with a query, prompts; taken and refused.
    private static async Task UseAsync(WebProcess web, Receiver receiver, Dictionary<string, string> secrets, CancellationToken cancellation)
    {
        var client = web.Client;
        using var made = await client.PostAsJsonAsync(KeysApi.Root, new { name = "another", scopes = new[] { Scopes.Submit, Scopes.Read } }, cancellation);
        secrets["a key"] = (await made.Content.ReadFromJsonAsync<KeyDocument>(cancellation))!.Key!;
        using var token = await client.PostAsJsonAsync(RunnerTokensApi.Root, new NewRunnerTokenRequest("runner"), cancellation);
        secrets["a runner token"] = (await token.Content.ReadFromJsonAsync<RunnerTokenDocument>(cancellation))!.Token!;
        var webhook = await HookWeb.RegisterAsync(client, receiver.Url + "?sig=QUERYSECRET", WebhookEvent.Succeeded);
        secrets["a webhook's secret"] = webhook.Secret!;
        secrets["a job's webhook's secret"] = (await client.GetFromJsonAsync<WebhookSecretDocument>(WebhooksApi.Root + "/secret", cancellation))!.Secret;

        using var stranger = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = client.BaseAddress };
        using var signedIn = await stranger.GetAsync($"/sign-in?token={secrets["a sign-in link"]}", cancellation);
        secrets["a cookie"] = signedIn.Headers.GetValues("Set-Cookie").Single(set => set.StartsWith("multitalk=", StringComparison.Ordinal)).Split(';')[0]["multitalk=".Length..];
        foreach (var bearer in new[] { "UNKNOWNSECRET", secrets["a key"], secrets["a runner token"] })
        {
            foreach (var path in new[] { "/api/v1/me", "/api/v1/jobs?token=QUERYSECRET", "/api/v1/nothing?access_token=QUERYSECRET", "/runner/v1/claim", "/sign-in?token=QUERYSECRET" })
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Authorization", "Bearer " + bearer }, { "Cookie", "multitalk=" + secrets["a cookie"] } } };
                using var answer = await stranger.SendAsync(request, cancellation);
            }
        }

        // A job that an address makes fail, one that is refused, and one that is made into a video and told of.
        var address = new UriBuilder(receiver.Url) { Path = "/absent/secret-path", Query = "sig=QUERYSECRET" }.Uri.AbsoluteUri;
        using var absent = await client.PostAsJsonAsync(JobsApi.Root, new { image = address, voice1 = address, prompt = "PROMPTSECRET" }, cancellation);
        Assert.Equal("input_not_found", await absent.ProblemCodeAsync());
        using var refused = await client.PostAsJsonAsync(JobsApi.Root, new { image = "PROMPTSECRET", prompt = "PROMPTSECRET", options = new { PROMPTSECRET = 1 } }, cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        using var form = await Submissions.NewAsync();
        form.Add(new StringContent($$"""{"url":"{{receiver.Url}}?sig=QUERYSECRET","events":["job.succeeded"]}"""), "webhook");
        using var content = new MultipartFormDataContent();
        foreach (var part in form.ToList())
            content.Add(part.Headers.ContentDisposition!.Name == "prompt" ? new StringContent("PROMPTSECRET") { Headers = { ContentDisposition = part.Headers.ContentDisposition } } : part);
        var job = await (await client.PostAsync(JobsApi.Root, content, cancellation)).JobAsync();
        Assert.Equal(JobState.Succeeded, (await client.FollowAsync(job.Id))[^1].State);
        // The fetches that failed, and both webhooks.
        while ((await receiver.NextAsync(cancellation)).Headers.ContainsKey("webhook-id") is false)
            continue;
        Assert.True((await receiver.NextAsync(cancellation)).Headers.ContainsKey("webhook-id"));
    }

    /// <summary>Takes telemetry (https://opentelemetry.io/docs/specs/otlp/#otlphttp) and remembers it; text in it stands there as it is.</summary>
    private sealed class Collector : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private Collector(WebApplication app) => _app = app;

        public ConcurrentQueue<(string Path, string Body)> Received { get; } = new();

        public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

        public static async Task<Collector> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var collector = new Collector(builder.Build());
            collector._app.Run(async context =>
            {
                using var reader = new StreamReader(context.Request.Body, Encoding.Latin1);
                collector.Received.Enqueue((context.Request.Path.Value!, await reader.ReadToEndAsync()));
                context.Response.ContentType = "application/x-protobuf";
            });
            await collector._app.StartAsync(TestContext.Current.CancellationToken);
            return collector;
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;

namespace MultiTalk.Tests.Security;

/// <summary>Whatever level the log has: what opens a door is never written into a log, a trace, a metric or an answer.</summary>
public sealed class SecretsTests
{
    [Fact(Timeout = 300_000)]
    public async Task No_secret_is_logged_traced_measured_or_answered()
    {
        var written = new ConcurrentQueue<string>();
        using var traces = Traces(written);
        using var metrics = Metrics(written);
        await using var web = new TalkativeWeb(written);
        // One that is known, one that is not, one to sign in with: each recognisable wherever it turns up.
        var (known, unknown) = ("mt_KNOWNSECRET" + Secret.New(""), "mt_UNKNOWNSECRET" + Secret.New(""));
        await web.Access.AddKeyAsync(known, new Grant("secrets", "someone", Scopes.All));
        await web.Access.SetRunnerTokenAsync("secrets", known + "RUNNER");
        var link = await web.Access.NewSignInAsync(new Grant("person", "someone", Scopes.All), TimeSpan.FromMinutes(1));
        List<string> secrets = ["KNOWNSECRET", "UNKNOWNSECRET", "WHSECSECRET", "COOKIESECRET", "QUERYSECRET", link];
        using var stranger = web.Stranger();
        using var document = await DocumentAsync(stranger, known);

        foreach (var (method, path) in Operations(document))
        {
            foreach (var authorization in new[] { $"Bearer {known}", $"Bearer {unknown}", $"bearer  {unknown} x", $"Basic {unknown}", $"Bearer {known}RUNNER" })
            {
                using var request = new HttpRequestMessage(method, $"{path}?token=QUERYSECRET&access_token=QUERYSECRET");
                request.Headers.TryAddWithoutValidation("Authorization", authorization);
                request.Headers.TryAddWithoutValidation("Cookie", "multitalk=COOKIESECRET; .AspNetCore.Antiforgery.x=COOKIESECRET");
                request.Headers.TryAddWithoutValidation("X-Antiforgery", "COOKIESECRET");
                if (method != HttpMethod.Get && method != HttpMethod.Head)
                    request.Content = new StringContent("{\"url\":\"https://example.invalid/?WHSECSECRET\",\"secret\":\"whsec_WHSECSECRET\",\"token\":\"WHSECSECRET\"}", Encoding.UTF8, "application/json");
                using var response = await stranger.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
                if (response.StatusCode >= HttpStatusCode.BadRequest)
                    written.Enqueue($"answer to {method} {path}: {await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
            }
        }

        using (var signedIn = await stranger.GetAsync($"/sign-in?token={link}", TestContext.Current.CancellationToken))
            Assert.Equal("/", signedIn.Headers.Location?.OriginalString);

        Assert.Contains(written, line => line.Contains("/api/v1/jobs", StringComparison.Ordinal));
        Assert.Contains(written, line => line.StartsWith("trace", StringComparison.Ordinal));
        Assert.Contains(written, line => line.StartsWith("metric", StringComparison.Ordinal));
        Assert.Empty(written.Where(line => secrets.Any(secret => line.Contains(secret, StringComparison.Ordinal))).Take(5));
    }

    private static async Task<JsonDocument> DocumentAsync(HttpClient client, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, OpenApiServices.Document);
        request.Headers.Authorization = new("Bearer", key);
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static IEnumerable<(HttpMethod Method, string Path)> Operations(JsonDocument document) =>
    [
        .. from path in document.RootElement.GetProperty("paths").EnumerateObject()
           from operation in path.Value.EnumerateObject()
           // A stream does not end.
           where operation.Value.ValueKind == JsonValueKind.Object && path.Name != "/api/v1/events"
           select (new HttpMethod(operation.Name.ToUpperInvariant()), path.Name.Replace("{id}", "0123456789abcdef0123456789abcdef", StringComparison.Ordinal).Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal)),
        (HttpMethod.Post, "/runner/v1/claim"), (HttpMethod.Post, "/runner/v1/register"), (HttpMethod.Get, "/"), (HttpMethod.Get, "/docs/"), (HttpMethod.Get, "/sign-in"), (HttpMethod.Post, "/sign-out"),
        (HttpMethod.Get, "/health"), (HttpMethod.Get, "/nothing"), (HttpMethod.Get, "/signed-out"), (HttpMethod.Post, "/_blazor/negotiate"),
    ];

    private static ActivityListener Traces(ConcurrentQueue<string> written)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                // The tests' own client is no part of the Web.
                if (activity.Kind != ActivityKind.Client)
                    written.Enqueue($"trace {activity.DisplayName} {string.Join(' ', activity.TagObjects)} {string.Join(' ', activity.Events.SelectMany(happened => happened.Tags))}");
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static MeterListener Metrics(ConcurrentQueue<string> written)
    {
        var listener = new MeterListener { InstrumentPublished = (instrument, meters) => meters.EnableMeasurementEvents(instrument) };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Write(instrument, tags));
        listener.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Write(instrument, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Write(instrument, tags));
        listener.Start();
        return listener;

        void Write(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) => written.Enqueue($"metric {instrument.Name} {string.Join(' ', tags.ToArray())}");
    }

    private sealed class TalkativeWeb(ConcurrentQueue<string> written) : TestWeb(new()
    {
        ["Embedded:Runner"] = "false",
        ["Jobs:ClaimPoll"] = "00:00:00.3",
        ["Access:WrongKeysAMinute"] = "100000",
        ["Logging:LogLevel:Default"] = "Trace",
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Trace",
        ["Logging:LogLevel:Microsoft.AspNetCore.DataProtection"] = "Trace",
        ["Logging:LogLevel:System.Net.Http.HttpClient"] = "Trace",
        ["Logging:LogLevel:Polly"] = "Trace",
    })
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            base.ConfigureWebHost(builder);
            builder.ConfigureLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new Writing(written)));
        }
    }

    private sealed class Writing(ConcurrentQueue<string> written) : ILoggerProvider, ISupportExternalScope
    {
        private IExternalScopeProvider? _scopes;

        public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

        public void Dispose()
        {
        }

        private sealed class Logger(Writing to, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                var values = state is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(' ', pairs) : "";
                var line = new StringBuilder($"log {logLevel} {category} {formatter(state, exception)} {values} {exception}");
                to._scopes?.ForEachScope((scope, text) => text.Append(' ').Append(scope is IEnumerable<KeyValuePair<string, object?>> inner ? string.Join(' ', inner) : scope), line);
                to.Written(line.ToString());
            }
        }

        private void Written(string line) => written.Enqueue(line);
    }
}

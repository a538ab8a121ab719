using System.Net;
using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using MultiTalk.Tests.Jobs;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Access;

/// <summary>
/// Every endpoint of the running Web, called by everybody. What came out is <c>docs/access.md</c>;
/// <c>MULTITALK_WRITE_DOCS=1</c> writes it anew.
/// </summary>
public sealed class AccessMatrixTests(QueueOnlyWeb web) : IClassFixture<QueueOnlyWeb>
{
    private const string Nobody = "nobody";
    private const string Session = "session";
    private const string Runner = "runner token";

    // Runners belong to nobody in particular.
    private const string OfRunners = "/api/v1/runners/";

    private static readonly string[] _callers = [Nobody, .. Scopes.All, Session, Runner];

    // Whom each policy lets in; a session here has all scopes.
    private static readonly Dictionary<string, string[]> _let = new()
    {
        [Policies.Submit] = [Scopes.Submit, Session],
        [Policies.Cancel] = [Scopes.Submit, Scopes.Operate, Session],
        [Policies.Operate] = [Scopes.Operate, Session],
        [Policies.Read] = [Scopes.Read, Scopes.ReadAll, Session],
        [Policies.Administer] = [Scopes.Administer, Session],
        [Policies.Holder] = [.. Scopes.All, Session],
        [Policies.Webhooks] = [Scopes.Submit, Scopes.Administer, Session],
        [Policies.Person] = [Session],
        [Policies.Known] = [.. Scopes.All, Session, Runner],
        [Policies.Runner] = [Runner],
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 300_000)]
    public async Task Everybody_gets_what_the_policies_and_the_documentation_say()
    {
        var clients = await ClientsAsync();
        var table = new StringBuilder();
        var wrong = new List<string>();
        foreach (var (endpoint, method) in Endpoints())
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            var let = Let(endpoint);
            var found = new List<string>();
            foreach (var caller in _callers)
            {
                if (await IsLetInAsync(clients[caller], method, PathOf(endpoint, _ => new('0', 32))))
                    found.Add(caller);
            }

            if (!found.SequenceEqual(_callers.Where(let.Contains)))
                wrong.Add($"{method} {Shown(endpoint)} lets in {string.Join(", ", found)}, and should {string.Join(", ", _callers.Where(let.Contains))}.");
            table.Append($"| `{method} {Shown(endpoint)}` |").AppendJoin("", _callers.Select(caller => found.Contains(caller) ? " yes |" : " |")).Append('\n');
        }

        Assert.Empty(wrong);
        await CompareAsync(table.ToString());
    }

    [Fact(Timeout = 120_000)]
    public async Task What_belongs_to_another_does_not_exist()
    {
        var (job, key) = (JobStore.NewId(), JobStore.NewId());
        await web.Jobs.SubmitAsync(new(job, "bob-owns", Requests.For("preview")));
        await web.Access.AddKeyAsync(Secret.New(Secret.OfKey), new(key, "bob-owns", [Scopes.Read]));
        using var bob = await web.ClientAsync("bob-owns");
        using var eve = await web.ClientAsync("eve-looks");

        var wrong = new List<string>();
        foreach (var (endpoint, method) in Endpoints().Where(entry => Shown(entry.Endpoint) is var path && path.StartsWith("/api/v1/", StringComparison.Ordinal) && path.Contains('{') && !path.StartsWith(OfRunners, StringComparison.Ordinal)))
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            if (!Let(endpoint).Intersect([Scopes.Submit, Scopes.Read]).Any())
                continue;
            var path = PathOf(endpoint, _ => Shown(endpoint).StartsWith(KeysApi.Root, StringComparison.Ordinal) ? key : job);
            var status = await StatusAsync(eve, method, path);
            if (status != HttpStatusCode.NotFound)
                wrong.Add($"{method} {Shown(endpoint)} answers {status}.");
        }

        Assert.Empty(wrong);
        // They are there for whose they are.
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await StatusAsync(bob, "GET", $"{JobsApi.Root}/{job}"), await StatusAsync(bob, "GET", $"{KeysApi.Root}/{key}")));
    }

    private static IReadOnlyCollection<string> Let(RouteEndpoint endpoint)
    {
        if (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            return _callers;
        var policies = endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(data => data.Policy).ToList();
        Assert.True(policies.Count > 0 && policies.All(policy => policy is not null && _let.ContainsKey(policy)),
            $"{endpoint.DisplayName} names no policy, or one that is not in this test: {string.Join(", ", policies)}.");
        return policies.Select(policy => _let[policy!].AsEnumerable()).Aggregate((one, other) => one.Intersect(other)).ToList();
    }

    private async Task<Dictionary<string, HttpClient>> ClientsAsync()
    {
        var clients = new Dictionary<string, HttpClient> { [Nobody] = web.Stranger(), [Runner] = await web.RunnerClientAsync() };
        foreach (var scope in Scopes.All)
            clients[scope] = await web.ClientAsync("holder of " + scope, scope);
        var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = web.Address };
        var token = await web.Access.NewSignInAsync(new("person", "person", Scopes.All), TimeSpan.FromMinutes(1));
        using var signedIn = await browser.GetAsync($"/sign-in?token={token}", Cancellation);
        clients[Session] = browser;
        return clients;
    }

    private static async Task<bool> IsLetInAsync(HttpClient client, string method, string path)
    {
        using var request = Request(method, path);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        enough.CancelAfter(TimeSpan.FromSeconds(10));
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, enough.Token);
            return response.StatusCode != HttpStatusCode.Unauthorized
                // A HEAD has no words.
                && (response.StatusCode != HttpStatusCode.Forbidden || (method != "HEAD" && !(await response.Content.ReadAsStringAsync(Cancellation)).Contains("\"not_allowed\"", StringComparison.Ordinal)));
        }
        catch (OperationCanceledException) when (!Cancellation.IsCancellationRequested)
        {
            // A stream on which nothing happened: it was opened.
            return true;
        }
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string method, string path)
    {
        using var request = Request(method, path);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        return response.StatusCode;
    }

    private static HttpRequestMessage Request(string method, string path) =>
        new(new(method), path) { Content = method is "GET" or "HEAD" ? null : new StringContent("{}", Encoding.UTF8, "application/json") };

    // All but files for everybody, and the framework's own, in Development only, which state nothing and so are closed.
    private IEnumerable<(RouteEndpoint Endpoint, string Method)> Endpoints() => web.Services.GetRequiredService<IEnumerable<EndpointDataSource>>()
        .SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
        .Where(endpoint => !(endpoint.DisplayName ?? "").StartsWith("Fallback {", StringComparison.Ordinal) && !IsFile(endpoint))
        .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(method => (endpoint, method)))
        .OrderBy(entry => Shown(entry.endpoint), StringComparer.Ordinal).ThenBy(entry => entry.method, StringComparer.Ordinal);

    private static bool IsFile(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null
        && (Path.HasExtension(endpoint.RoutePattern.RawText) || (endpoint.RoutePattern.RawText ?? "").TrimStart('/').StartsWith("_framework/", StringComparison.Ordinal));

    private static string Shown(RouteEndpoint endpoint) => Filled(endpoint, name => $"{{{name}}}");

    private static string PathOf(RouteEndpoint endpoint, Func<string, string> idOf) => Filled(endpoint, name => name == "attempt" ? "1" : idOf(name));

    private static string Filled(RouteEndpoint endpoint, Func<string, string> value) =>
        "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => Filled(part, value)))));

    private static string Filled(RoutePatternPart part, Func<string, string> value) => part switch
    {
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternParameterPart parameter => value(parameter.Name),
        _ => ".",
    };

    private static async Task CompareAsync(string table)
    {
        var file = Path.Combine(Root(), "docs", "access.md");
        var text = $"""
            # Who may call what

            Written by a test that calls every endpoint of a running Web (`tests/MultiTalk.Tests/Access/AccessMatrixTests.cs`,
            `MULTITALK_WRITE_DOCS=1`). A key has the one scope of its column, the session all of them. What another owner has answers
            404, whatever is asked of it. Static files are open to everybody.

            | endpoint | {string.Join(" | ", _callers)} |
            | --- |{string.Concat(_callers.Select(_ => " --- |"))}

            """ + table;
        if (Environment.GetEnvironmentVariable("MULTITALK_WRITE_DOCS") == "1")
            await File.WriteAllTextAsync(file, text, Cancellation);
        Assert.Equal(await File.ReadAllTextAsync(file, Cancellation), text);
    }

    private static string Root()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "MultiTalk.sln")))
            directory = Path.GetDirectoryName(directory) ?? throw new DirectoryNotFoundException("The repository is not above the tests.");
        return directory;
    }
}

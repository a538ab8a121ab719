using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Tests.Jobs;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Access;

public sealed class EveryEndpointStatesItsPolicy(QueueOnlyWeb web) : IClassFixture<QueueOnlyWeb>
{
    // Anybody may fetch these; everything else needs a key, a token or a session.
    private static readonly string[] _open = ["/health", "/alive", "/sign-in", "/signed-out"];

    [Fact]
    public void No_endpoint_leaves_open_who_may_call_it()
    {
        var silent = Endpoints()
            .Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null && endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Count == 0)
            .Select(endpoint => endpoint.DisplayName);

        Assert.Empty(silent);
    }

    [Fact]
    public void Only_probes_sign_in_and_static_files_are_open_to_anybody()
    {
        var open = Endpoints()
            .Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            .Select(endpoint => "/" + endpoint.RoutePattern.RawText!.TrimStart('/'))
            .Where(path => !Path.HasExtension(path) && !path.StartsWith("/_framework/", StringComparison.Ordinal))
            .Distinct();

        Assert.Empty(open.Except(_open, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("GET", "/api/v1/jobs")]
    [InlineData("POST", "/api/v1/jobs")]
    [InlineData("GET", "/api/v1/jobs/0123456789abcdef0123456789abcdef")]
    [InlineData("DELETE", "/api/v1/jobs/0123456789abcdef0123456789abcdef")]
    [InlineData("GET", "/api/v1/jobs/0123456789abcdef0123456789abcdef/video")]
    [InlineData("GET", "/api/v1/jobs/0123456789abcdef0123456789abcdef/events")]
    [InlineData("GET", "/api/v1/jobs/0123456789abcdef0123456789abcdef/log")]
    [InlineData("POST", "/runner/v1/register")]
    [InlineData("POST", "/runner/v1/claim")]
    [InlineData("PUT", "/runner/v1/runners/0123456789abcdef0123456789abcdef/jobs/0123456789abcdef0123456789abcdef/attempts/1/output")]
    public async Task A_stranger_gets_401_with_the_remedy(string method, string path)
    {
        using var stranger = web.Stranger();

        using var response = await stranger.SendAsync(new(new(method), path), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("not_signed_in", await response.ProblemCodeAsync());
    }

    [Fact]
    public async Task An_API_key_opens_nothing_of_the_runners_and_a_runner_token_nothing_of_the_API()
    {
        using var program = await web.ClientAsync("someone");
        using var runner = await web.RunnerClientAsync();

        using var claim = await program.PostAsJsonAsync("/runner/v1/claim", new ClaimRequest("x", [], []), TestContext.Current.CancellationToken);
        using var list = await runner.GetAsync("/api/v1/jobs", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Forbidden, claim.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, list.StatusCode);
    }

    [Fact]
    public async Task A_key_without_the_scope_is_refused()
    {
        using var reader = await web.ClientAsync("someone", MultiTalk.Web.Access.Scopes.Read);

        using var response = await reader.PostAsync("/api/v1/jobs", null, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("not_allowed", await response.ProblemCodeAsync());
    }

    [Fact]
    public async Task An_API_key_opens_no_page()
    {
        using var program = await web.ClientAsync("someone", [.. MultiTalk.Web.Access.Scopes.All]);

        using var page = await program.GetAsync("/", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, page.StatusCode);
    }

    [Theory]
    [InlineData("read", HttpStatusCode.NotFound, HttpStatusCode.Forbidden)]
    [InlineData("read-all", HttpStatusCode.OK, HttpStatusCode.Forbidden)]
    [InlineData("submit", HttpStatusCode.Forbidden, HttpStatusCode.NotFound)]
    [InlineData("operate", HttpStatusCode.Forbidden, HttpStatusCode.NoContent)]
    [InlineData("administer", HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)]
    public async Task A_scope_opens_what_it_says_of_another_s_job(string scope, HttpStatusCode read, HttpStatusCode cancel)
    {
        var id = JobStore.NewId();
        await web.Jobs.SubmitAsync(new(id, "another", Requests.For(scope)));
        using var client = await web.ClientAsync("someone", scope);

        using var got = await client.GetAsync($"/api/v1/jobs/{id}", TestContext.Current.CancellationToken);
        using var canceled = await client.DeleteAsync($"/api/v1/jobs/{id}", TestContext.Current.CancellationToken);

        Assert.Equal((read, cancel), (got.StatusCode, canceled.StatusCode));
    }

    private IEnumerable<RouteEndpoint> Endpoints() =>
        web.Services.GetRequiredService<IEnumerable<EndpointDataSource>>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            // The framework's own, in Development only, for files that were added since the build; as it states nothing, it is closed.
            .Where(endpoint => endpoint.DisplayName != "Fallback {**path:file}");
}

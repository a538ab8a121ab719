using System.Net;
using MultiTalk.Web.Access;

namespace MultiTalk.Tests.Access;

public sealed class SignInTests(QueueOnlyWeb web) : IClassFixture<QueueOnlyWeb>
{
    private static readonly Grant _person = new("person", "ada", Scopes.All);

    [Fact]
    public async Task A_link_signs_in_once()
    {
        var token = await web.Access.NewSignInAsync(_person, TimeSpan.FromMinutes(1));
        using var browser = Browser();

        using var first = await browser.GetAsync($"/sign-in?token={token}", TestContext.Current.CancellationToken);
        using var second = await web.Stranger().GetAsync($"/sign-in?token={token}", TestContext.Current.CancellationToken);

        Assert.Equal("/", first.Headers.Location?.OriginalString);
        Assert.Equal("/signed-out?reason=link", second.Headers.Location?.OriginalString);
        using var jobs = await browser.GetAsync("/api/v1/jobs", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, jobs.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?token=")]
    [InlineData("?token=guessed")]
    public async Task A_link_that_nobody_made_signs_nobody_in(string query)
    {
        using var response = await web.Stranger().GetAsync("/sign-in" + query, TestContext.Current.CancellationToken);

        Assert.Equal("/signed-out?reason=link", response.Headers.Location?.OriginalString);
        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task A_write_with_a_cookie_needs_the_antiforgery_token()
    {
        var token = await web.Access.NewSignInAsync(_person, TimeSpan.FromMinutes(1));
        using var browser = Browser();
        using var signedIn = await browser.GetAsync($"/sign-in?token={token}", TestContext.Current.CancellationToken);

        using var forged = await browser.PostAsync("/api/v1/jobs", Samples.Submission(), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        Assert.Equal("antiforgery", await forged.ProblemCodeAsync());
    }

    [Theory]
    [InlineData("multipart/form-data")]
    [InlineData("multipart/form-data; boundary=B")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task A_forged_write_is_refused_whatever_its_body(string type)
    {
        var token = await web.Access.NewSignInAsync(_person, TimeSpan.FromMinutes(1));
        using var browser = Browser();
        using var signedIn = await browser.GetAsync($"/sign-in?token={token}", TestContext.Current.CancellationToken);
        using var body = new StringContent("--B\r\nbad" + string.Concat(Enumerable.Range(0, 5000).Select(field => $"&a{field}=1")));
        body.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse(type);

        using var forged = await browser.PostAsync("/api/v1/jobs", body, TestContext.Current.CancellationToken);

        Assert.Equal("antiforgery", await forged.ProblemCodeAsync());
    }

    [Fact]
    public async Task A_stranger_with_a_browser_is_sent_to_a_page_that_explains()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Accept.ParseAdd("text/html");

        using var response = await web.Stranger().SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.StartsWith("/signed-out", response.Headers.Location?.PathAndQuery, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_are_stored_as_hashes_only()
    {
        var key = Secret.New("mt_");
        await web.Access.AddKeyAsync(key, _person);
        await web.Access.SetRunnerTokenAsync("some", key);

        var redis = await File.ReadAllTextAsync(Directory.GetFiles(Path.Combine(web.Data, "redis", "appendonlydir"), "*.incr.aof").Single(), TestContext.Current.CancellationToken);

        Assert.Contains(Secret.Hash(key), redis, StringComparison.Ordinal);
        Assert.DoesNotContain(key, redis, StringComparison.Ordinal);
    }

    private HttpClient Browser() => new(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = web.Address };
}

using System.Net;
using System.Net.Http.Json;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;

namespace MultiTalk.Tests.Access;

public sealed class OidcTests : IAsyncLifetime
{
    private static readonly string[] _staff = ["staff"];
    private static readonly string[] _operators = ["staff", "operators"];

    private OpenIdProvider _provider = null!;
    private ProviderWeb _web = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _provider = await OpenIdProvider.StartAsync();
        _web = new(_provider.Address);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_person_signs_in_with_the_provider_and_what_it_says_decides_what_they_may()
    {
        using var ada = Browser();
        using var root = Browser();

        await SignInAsync(ada, new() { ["sub"] = "1", ["email"] = "ada@example.org", ["email_verified"] = true, ["groups"] = _staff }, TestContext.Current.CancellationToken);
        await SignInAsync(root, new() { ["sub"] = "2", ["email"] = "root@example.org", ["email_verified"] = true, ["groups"] = _operators }, TestContext.Current.CancellationToken);
        var me = await ada.GetFromJsonAsync<MeDocument>(MeApi.Root, TestContext.Current.CancellationToken);
        var admin = await root.GetFromJsonAsync<MeDocument>(MeApi.Root, TestContext.Current.CancellationToken);

        Assert.Equal(("ada@example.org", "submit read", true, null), (me!.Owner, string.Join(' ', me.Scopes), me.Session, me.Key));
        Assert.Equal(("root@example.org", Scopes.All.Count), (admin!.Owner, admin.Scopes.Count));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_session_of_the_provider_can_be_revoked_and_a_link_still_signs_in()
    {
        using var ada = Browser();
        await SignInAsync(ada, new() { ["sub"] = "1", ["email"] = "ada@example.org", ["email_verified"] = true }, TestContext.Current.CancellationToken);
        using var linked = Browser();
        var token = await _web.Access.NewSignInAsync(new("person", "bob", Scopes.All), TimeSpan.FromMinutes(1));

        await _web.Access.EndSessionsAsync("ada@example.org");
        using var ended = await ada.GetAsync(MeApi.Root, TestContext.Current.CancellationToken);
        using var link = await linked.GetAsync($"/sign-in?token={token}", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, ended.StatusCode);
        Assert.Equal("bob", (await linked.GetFromJsonAsync<MeDocument>(MeApi.Root, TestContext.Current.CancellationToken))!.Owner);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("issuer")]
    [InlineData("audience")]
    [InlineData("nonce")]
    [InlineData("signature")]
    [InlineData("none")]
    [InlineData("expired")]
    public async Task A_token_with_something_wrong_signs_nobody_in(string fault)
    {
        using var browser = Browser();
        _provider.Fault = fault;

        var end = await SignInAsync(browser, new() { ["sub"] = "1", ["email"] = "ada@example.org", ["email_verified"] = true }, TestContext.Current.CancellationToken);
        using var me = await browser.GetAsync(MeApi.Root, TestContext.Current.CancellationToken);

        Assert.Equal("/signed-out?reason=provider", end);
        Assert.Equal(HttpStatusCode.Unauthorized, me.StatusCode);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(null)]
    public async Task An_address_that_is_not_verified_is_nobody_s(bool? verified)
    {
        using var browser = Browser();
        var claims = new Dictionary<string, object> { ["sub"] = "1", ["email"] = "admin" };
        if (verified is { } value)
            claims["email_verified"] = value;

        Assert.Equal("/signed-out?reason=provider", await SignInAsync(browser, claims, TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_answer_that_this_browser_did_not_ask_for_signs_nobody_in()
    {
        using var victim = Browser(follow: false);
        using var first = await Browser(follow: false).GetAsync("/sign-in/oidc", TestContext.Current.CancellationToken);
        using var asked = await Browser(follow: false).GetAsync(first.Headers.Location, TestContext.Current.CancellationToken);

        // Somebody else's answer: a forged sign-in.
        using var forged = await victim.GetAsync(asked.Headers.Location, TestContext.Current.CancellationToken);

        Assert.Equal("/signed-out?reason=provider", forged.Headers.Location?.OriginalString);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        await _provider.DisposeAsync();
    }

    // Where it ends.
    private async Task<string> SignInAsync(HttpClient browser, Dictionary<string, object> claims, CancellationToken cancellationToken)
    {
        _provider.Claims.Clear();
        foreach (var (name, value) in claims)
            _provider.Claims[name] = value;
        using var response = await browser.GetAsync(SignInApi.OidcPath, cancellationToken);
        return response.RequestMessage!.RequestUri!.PathAndQuery;
    }

    private HttpClient Browser(bool follow = true) => new(new HttpClientHandler { AllowAutoRedirect = follow, CookieContainer = new CookieContainer() }) { BaseAddress = _web.Address };

    private sealed class ProviderWeb(string authority) : TestWeb(new()
    {
        ["Embedded:Runner"] = "false",
        ["Access:Oidc:Authority"] = authority,
        ["Access:Oidc:ClientId"] = OpenIdProvider.Client,
        ["Access:Oidc:ClientSecret"] = OpenIdProvider.ClientSecret,
        ["Access:Oidc:AdminClaim"] = "groups",
        ["Access:Oidc:AdminValue"] = "operators",
    });
}

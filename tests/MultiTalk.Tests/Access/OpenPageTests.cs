using System.Net;
using System.Security.Claims;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MultiTalk.Web.Access;

namespace MultiTalk.Tests.Access;

/// <summary>A page stays open longer than its session: what its circuit knows of the person, and when it learns that they have left.</summary>
public sealed partial class OpenPageTests(OpenPageTests.OwnWeb web) : IClassFixture<OpenPageTests.OwnWeb>
{
    [Theory(Timeout = 120_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_page_that_is_open_is_nobody_s_once_its_session_is_signed_out_or_revoked(bool revoked)
    {
        var ada = await SignInAsync("ada" + revoked);
        var elsewhere = await SignInAsync("ada" + revoked);
        var bob = await SignInAsync("bob" + revoked);
        await using var page = new Circuit(web.Services, ada.Person);
        await using var other = new Circuit(web.Services, (revoked ? bob : elsewhere).Person);
        Assert.False(page.Left.IsCompleted);

        if (revoked)
            await web.Access.EndSessionsAsync("ada" + revoked);
        else
            await SignOutAsync(ada.Cookie);

        Assert.False((await page.Left.WaitAsync(TestContext.Current.CancellationToken)).User.Identity?.IsAuthenticated);
        // That page was looked at after its session had ended, and so is the other one after some more looks.
        await using var third = new Circuit(web.Services, ada.Person);
        await third.Left.WaitAsync(TestContext.Current.CancellationToken);
        Assert.False(other.Left.IsCompleted);
        Assert.Equal(HttpStatusCode.Unauthorized, await MeAsync(ada.Cookie));
        Assert.Equal(revoked ? HttpStatusCode.Unauthorized : HttpStatusCode.OK, await MeAsync(elsewhere.Cookie));
        Assert.Equal(HttpStatusCode.OK, await MeAsync(bob.Cookie));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_page_that_is_open_when_its_month_is_over_is_nobody_s()
    {
        var ada = await SignInAsync("late");
        await using var page = new Circuit(web.Services, ada.Person.With("session-began", "1"));

        Assert.False((await page.Left.WaitAsync(TestContext.Current.CancellationToken)).User.Identity?.IsAuthenticated);
    }

    private async Task<(string Cookie, ClaimsPrincipal Person)> SignInAsync(string owner)
    {
        var token = await web.Access.NewSignInAsync(new("person", owner, Scopes.All), TimeSpan.FromMinutes(1));
        using var response = await web.Stranger().GetAsync($"/sign-in?token={token}", TestContext.Current.CancellationToken);
        var cookie = response.Headers.GetValues("Set-Cookie").Single(set => set.StartsWith("multitalk=", StringComparison.Ordinal)).Split(';')[0];
        // As a circuit gets it: from the request that opens it.
        var format = web.Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(CookieAuthenticationDefaults.AuthenticationScheme).TicketDataFormat;
        return (cookie, format.Unprotect(cookie["multitalk=".Length..])!.Principal);
    }

    // As a person does it: with the button of the page.
    private async Task SignOutAsync(string cookie)
    {
        using var open = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "Cookie", cookie } } };
        using var page = await web.Stranger().SendAsync(open, TestContext.Current.CancellationToken);
        var field = AntiforgeryField().Match(await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Groups[1].Value;
        var token = page.Headers.GetValues("Set-Cookie").Single(set => set.StartsWith(".AspNetCore.Antiforgery", StringComparison.Ordinal)).Split(';')[0];
        using var press = new HttpRequestMessage(HttpMethod.Post, "/sign-out")
        {
            Headers = { { "Cookie", $"{cookie}; {token}" } },
            Content = new FormUrlEncodedContent([new("__RequestVerificationToken", field)]),
        };
        using var left = await web.Stranger().SendAsync(press, TestContext.Current.CancellationToken);
        Assert.Equal("/signed-out", left.Headers.Location?.OriginalString);
    }

    private async Task<HttpStatusCode> MeAsync(string cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/me") { Headers = { { "Cookie", cookie } } };
        using var me = await web.Stranger().SendAsync(request, TestContext.Current.CancellationToken);
        return me.StatusCode;
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"")]
    private static partial Regex AntiforgeryField();

    /// <summary>A Web that looks at its open pages often.</summary>
    public sealed class OwnWeb() : TestWeb(new() { ["Embedded:Runner"] = "false", ["Access:CheckPages"] = "00:00:00.1" });

    // What of a circuit knows who is there.
    private sealed class Circuit : IAsyncDisposable
    {
        private readonly AsyncServiceScope _scope;
        private readonly TaskCompletionSource<AuthenticationState> _left = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Circuit(IServiceProvider services, ClaimsPrincipal person)
        {
            _scope = services.CreateAsyncScope();
            var states = _scope.ServiceProvider.GetRequiredService<AuthenticationStateProvider>();
            states.AuthenticationStateChanged += async changed =>
            {
                if (await changed is { User.Identity.IsAuthenticated: false } state)
                    _left.TrySetResult(state);
            };
            ((IHostEnvironmentAuthenticationStateProvider)states).SetAuthenticationState(Task.FromResult(new AuthenticationState(person)));
        }

        public Task<AuthenticationState> Left => _left.Task;

        public ValueTask DisposeAsync() => _scope.DisposeAsync();
    }
}

file static class People
{
    /// <summary>The same person with another claim in place of one.</summary>
    public static ClaimsPrincipal With(this ClaimsPrincipal person, string type, string value) =>
        new(new ClaimsIdentity([.. person.Claims.Where(claim => claim.Type != type), new(type, value)], person.Identity!.AuthenticationType));
}

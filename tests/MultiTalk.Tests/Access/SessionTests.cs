using System.Net;
using System.Net.Http.Json;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;

namespace MultiTalk.Tests.Access;

public sealed class SessionTests(ShiftedTimeWeb web) : IClassFixture<ShiftedTimeWeb>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_session_lasts_while_it_is_used_and_a_month_at_most()
    {
        using var browser = await SignedInAsync("slides");
        var began = web.Time.Later;

        Assert.Equal(HttpStatusCode.OK, await AfterAsync(browser, began, 10));
        Assert.Equal(HttpStatusCode.OK, await AfterAsync(browser, began, 20));
        Assert.Equal(HttpStatusCode.OK, await AfterAsync(browser, began, 29));
        Assert.Equal(HttpStatusCode.Unauthorized, await AfterAsync(browser, began, 31));
    }

    [Fact]
    public async Task A_session_that_is_not_used_for_two_weeks_ends()
    {
        using var browser = await SignedInAsync("idles");

        Assert.Equal(HttpStatusCode.Unauthorized, await AfterAsync(browser, web.Time.Later, 15));
    }

    [Fact]
    public async Task Sessions_end_when_they_are_revoked_and_those_of_others_go_on()
    {
        using var laptop = await SignedInAsync("ada-everywhere");
        using var phone = await SignedInAsync("ada-everywhere");
        using var bob = await SignedInAsync("bob-here");
        using var program = await web.ClientAsync("ada-everywhere", Scopes.Read);
        using var admin = await web.ClientAsync("root", Scopes.Administer);

        using var revoked = await program.PostAsJsonAsync(MeApi.Revoke, new RevokeSessionsRequest(), Cancellation);
        using var forbidden = await program.PostAsJsonAsync(MeApi.Revoke, new RevokeSessionsRequest("bob-here"), Cancellation);

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.Forbidden), (revoked.StatusCode, forbidden.StatusCode));
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.OK), (await MeAsync(laptop), await MeAsync(phone), await MeAsync(bob)));
        // The key is another matter, and so is the next session.
        Assert.Equal(HttpStatusCode.OK, await MeAsync(program));
        using var again = await SignedInAsync("ada-everywhere");
        Assert.Equal(HttpStatusCode.OK, await MeAsync(again));
        using var byAdmin = await admin.PostAsJsonAsync(MeApi.Revoke, new RevokeSessionsRequest("bob-here"), Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, await MeAsync(bob));
    }

    [Fact]
    public async Task After_some_wrong_keys_an_address_may_only_use_those_that_were_right_before()
    {
        using var known = await web.ClientAsync("known");
        Assert.Equal(HttpStatusCode.OK, await MeAsync(known));
        using var fresh = await web.ClientAsync("fresh");
        using var guesser = web.Stranger();

        var answers = new List<HttpStatusCode>();
        for (var guess = 0; guess < 6; guess++)
        {
            guesser.DefaultRequestHeaders.Authorization = new("Bearer", Secret.New(Secret.OfKey));
            answers.Add(await MeAsync(guesser));
        }

        Assert.Equal([.. Enumerable.Repeat(HttpStatusCode.Unauthorized, 5), HttpStatusCode.TooManyRequests], answers);
        Assert.Equal(HttpStatusCode.OK, await MeAsync(known));
        using var refused = await fresh.GetAsync(MeApi.Root, Cancellation);
        Assert.Equal("too_many_wrong_keys", await refused.ProblemCodeAsync());
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 12);
        web.Time.Later += TimeSpan.FromMinutes(1);
        Assert.Equal(HttpStatusCode.OK, await MeAsync(fresh));
    }

    private async Task<HttpStatusCode> AfterAsync(HttpClient browser, TimeSpan began, int days)
    {
        web.Time.Later = began + TimeSpan.FromDays(days);
        return await MeAsync(browser);
    }

    private static async Task<HttpStatusCode> MeAsync(HttpClient client)
    {
        using var me = await client.GetAsync(MeApi.Root, Cancellation);
        return me.StatusCode;
    }

    private async Task<HttpClient> SignedInAsync(string owner)
    {
        var token = await web.Access.NewSignInAsync(new("person", owner, Scopes.All), TimeSpan.FromMinutes(1));
        using var response = await web.Stranger().GetAsync($"/sign-in?token={token}", Cancellation);
        return new HttpClient(new CookieKeeper(response)) { BaseAddress = web.Address };
    }

    // Sends the cookie that came last, whatever its time.
    private sealed class CookieKeeper : DelegatingHandler
    {
        private string _cookie = "";

        public CookieKeeper(HttpResponseMessage first)
            : base(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) => Keep(first);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Add("Cookie", _cookie);
            var response = await base.SendAsync(request, cancellationToken);
            Keep(response);
            return response;
        }

        private void Keep(HttpResponseMessage response)
        {
            if (response.Headers.TryGetValues("Set-Cookie", out var cookies))
                _cookie = cookies.First(cookie => cookie.StartsWith("multitalk=", StringComparison.Ordinal)).Split(';')[0];
        }
    }
}

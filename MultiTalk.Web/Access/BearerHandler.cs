using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace MultiTalk.Web.Access;

/// <summary>Knows programs by an API key and runners by a runner token, both as bearer tokens (RFC 6750).</summary>
internal sealed class BearerHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, AccessStore store)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Bearer";

    public static string? Token(HttpRequest request) =>
        request.Headers.Authorization.ToString() is var header && header.StartsWith(SchemeName + " ", StringComparison.OrdinalIgnoreCase)
            ? header[(SchemeName.Length + 1)..].Trim()
            : null;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Token(Request) is not { Length: > 0 } token)
            return AuthenticateResult.NoResult();

        var principal = await store.FindKeyAsync(token) is { } grant
            ? Policies.Principal(grant, SchemeName)
            : await store.FindRunnerTokenAsync(token) is { } name
                ? new ClaimsPrincipal(new ClaimsIdentity([new Claim(Policies.RunnerClaim, name)], SchemeName))
                : null;
        return principal is null
            ? AuthenticateResult.Fail("The bearer token is not known.")
            : AuthenticateResult.Success(new AuthenticationTicket(principal, Scheme.Name));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = SchemeName;
        return Api.Problems.Unauthorized().ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Api.Problems.Forbidden().ExecuteAsync(Context);
}

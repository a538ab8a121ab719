using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace MultiTalk.Web.Access;

/// <summary>Knows programs by an API key and runners by a runner token, both as bearer tokens (RFC 6750).</summary>
internal sealed class BearerHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, AccessStore store, Guesses guesses)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Bearer";

    private TimeSpan _wait;

    public static string? Token(HttpRequest request) =>
        request.Headers.Authorization.ToString() is var header && header.StartsWith(SchemeName + " ", StringComparison.OrdinalIgnoreCase)
            ? header[(SchemeName.Length + 1)..].Trim()
            : null;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Token(Request) is not { Length: > 0 } token)
            return AuthenticateResult.NoResult();
        var address = Context.Connection.RemoteIpAddress;
        _wait = guesses.Wait(address, token);
        if (_wait > TimeSpan.Zero)
            return AuthenticateResult.Fail("Too many wrong bearer tokens came from this address.");
        if (await FindAsync(token) is not { } principal)
        {
            guesses.Wrong(address);
            return AuthenticateResult.Fail("The bearer token is not known.");
        }

        guesses.Right(token);
        return AuthenticateResult.Success(new AuthenticationTicket(principal, Scheme.Name));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (_wait > TimeSpan.Zero)
            return Metering.Later(Context, _wait, Api.Problems.TooManyWrongKeys()).ExecuteAsync(Context);
        Response.Headers.WWWAuthenticate = SchemeName;
        return Api.Problems.Unauthorized().ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Api.Problems.Forbidden().ExecuteAsync(Context);

    // A key is looked for first, unless it says that it is a runner's.
    private async Task<ClaimsPrincipal?> FindAsync(string token) => token.StartsWith(Secret.OfRunner, StringComparison.Ordinal)
        ? await FindRunnerAsync(token) ?? await FindKeyAsync(token)
        : await FindKeyAsync(token) ?? await FindRunnerAsync(token);

    private async Task<ClaimsPrincipal?> FindKeyAsync(string token) => await store.FindKeyAsync(token) is { } grant ? Policies.Principal(grant, SchemeName) : null;

    private async Task<ClaimsPrincipal?> FindRunnerAsync(string token)
    {
        if (await store.FindMadeTokenAsync(token) is { } made)
            return Runner(new(Policies.RunnerClaim, made.Name), new Claim(Policies.OwnTokenClaim, made.Id));
        return await store.FindRunnerTokenAsync(token) is { } shared ? Runner(new Claim(Policies.RunnerClaim, shared)) : null;
    }

    private static ClaimsPrincipal Runner(params Claim[] claims) => new(new ClaimsIdentity(claims, SchemeName));
}

using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;

namespace MultiTalk.Web.Access;

/// <summary>Who may call what. An endpoint that names none of these is closed to everybody.</summary>
public static class Policies
{
    /// <summary>May submit.</summary>
    public const string Submit = "submit";

    /// <summary>May cancel and move: what is one's own, or everybody's.</summary>
    public const string Cancel = "cancel";

    /// <summary>May operate the queue and runners.</summary>
    public const string Operate = "operate";

    /// <summary>May read jobs.</summary>
    public const string Read = "read";

    /// <summary>May manage keys, tokens and settings.</summary>
    public const string Administer = "administer";

    /// <summary>May have webhooks of one's own, or see everybody's.</summary>
    public const string Webhooks = "webhooks";

    /// <summary>A key's holder or a person, whatever they may do; no runner.</summary>
    public const string Holder = "holder";

    /// <summary>A person with a session, in a browser.</summary>
    public const string Person = "person";

    /// <summary>A runner.</summary>
    public const string Runner = "runner";

    /// <summary>Anybody who showed who they are, in whatever way.</summary>
    public const string Known = "known";

    internal const string ScopeClaim = "scope";
    internal const string RunnerClaim = "runner-token";

    // The id of a token that belongs to one runner.
    internal const string OwnTokenClaim = "own-token";

    private const string LimitsClaim = "limits";
    private const string ExpiresClaim = "expires";

    /// <summary>Whose jobs are made and read.</summary>
    public static string Owner(this ClaimsPrincipal user) =>
        user.Identity?.Name ?? throw new InvalidOperationException("Nobody is signed in. The endpoint lacks a policy that asks for it.");

    /// <summary>Whether the user has a scope.</summary>
    public static bool Has(this ClaimsPrincipal user, string scope) => user.HasClaim(ScopeClaim, scope);

    /// <summary>How much the user may do.</summary>
    /// <param name="user">Who asks.</param>
    /// <param name="defaults">What is set for all.</param>
    internal static Limits Limits(this ClaimsPrincipal user, Limits defaults) =>
        user.FindFirst(LimitsClaim) is { } claim ? JsonSerializer.Deserialize(claim.Value, AccessJson.Default.Limits)!.Over(defaults) : defaults;

    /// <summary>Whether the user's key has limits of its own.</summary>
    internal static bool HasLimits(this ClaimsPrincipal user) => user.HasClaim(claim => claim.Type == LimitsClaim);

    /// <summary>The id of the user's key, or <c>person</c>.</summary>
    internal static string? GrantId(this ClaimsPrincipal user) => user.FindFirst(ClaimTypes.NameIdentifier)?.Value;

    /// <summary>When the user's key expires; null for never, and for a session.</summary>
    internal static DateTimeOffset? ExpiresAt(this ClaimsPrincipal user) =>
        user.FindFirst(ExpiresClaim) is { } claim ? DateTimeOffset.Parse(claim.Value, CultureInfo.InvariantCulture) : null;

    /// <summary>Whether this is a person with a session.</summary>
    internal static bool IsPerson(this ClaimsPrincipal user) => user.Identity?.AuthenticationType != BearerHandler.SchemeName;

    /// <summary>The identity of a key's holder or of a person.</summary>
    internal static ClaimsPrincipal Principal(Grant grant, string scheme) => new(new ClaimsIdentity(
        [
            new(ClaimTypes.Name, grant.Owner),
            new(ClaimTypes.NameIdentifier, grant.Id),
            .. grant.Scopes.Select(scope => new Claim(ScopeClaim, scope)),
            .. grant.Limits is { } limits ? [new Claim(LimitsClaim, JsonSerializer.Serialize(limits, AccessJson.Default.Limits))] : Array.Empty<Claim>(),
            .. grant.ExpiresAt is { } expires ? [new Claim(ExpiresClaim, expires.ToString("O", CultureInfo.InvariantCulture))] : Array.Empty<Claim>(),
        ],
        scheme));

    internal static void Define(AuthorizationOptions options)
    {
        options.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAssertion(_ => false).Build();
        options.AddPolicy(Submit, policy => policy.RequireClaim(ScopeClaim, Scopes.Submit));
        options.AddPolicy(Cancel, policy => policy.RequireClaim(ScopeClaim, Scopes.Submit, Scopes.Operate));
        options.AddPolicy(Operate, policy => policy.RequireClaim(ScopeClaim, Scopes.Operate));
        options.AddPolicy(Webhooks, policy => policy.RequireClaim(ScopeClaim, Scopes.Submit, Scopes.Administer));
        options.AddPolicy(Administer, policy => policy.RequireClaim(ScopeClaim, Scopes.Administer));
        options.AddPolicy(Holder, policy => policy.RequireClaim(ScopeClaim));
        options.AddPolicy(Read, policy => policy.RequireClaim(ScopeClaim, Scopes.Read, Scopes.ReadAll));
        // By cookie only: an API key opens the API and no page.
        options.AddPolicy(Person, policy => policy.AddAuthenticationSchemes(CookieAuthenticationDefaults.AuthenticationScheme).RequireAuthenticatedUser());
        options.AddPolicy(Known, policy => policy.RequireAuthenticatedUser());
        options.AddPolicy(Runner, policy => policy.RequireClaim(RunnerClaim));
    }
}

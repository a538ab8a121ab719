using System.Security.Claims;
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

    /// <summary>A person with a session, in a browser.</summary>
    public const string Person = "person";

    /// <summary>A runner.</summary>
    public const string Runner = "runner";

    /// <summary>Anybody who showed who they are, in whatever way.</summary>
    public const string Known = "known";

    internal const string ScopeClaim = "scope";
    internal const string RunnerClaim = "runner-token";

    /// <summary>Whose jobs are made and read.</summary>
    public static string Owner(this ClaimsPrincipal user) =>
        user.Identity?.Name ?? throw new InvalidOperationException("Nobody is signed in. The endpoint lacks a policy that asks for it.");

    /// <summary>Whether the user has a scope.</summary>
    public static bool Has(this ClaimsPrincipal user, string scope) => user.HasClaim(ScopeClaim, scope);

    /// <summary>The identity of a key's holder or of a person.</summary>
    internal static ClaimsPrincipal Principal(Grant grant, string scheme) => new(new ClaimsIdentity(
        [
            new(ClaimTypes.Name, grant.Owner),
            new(ClaimTypes.NameIdentifier, grant.Id),
            .. grant.Scopes.Select(scope => new Claim(ScopeClaim, scope)),
        ],
        scheme));

    internal static void Define(AuthorizationOptions options)
    {
        options.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAssertion(_ => false).Build();
        options.AddPolicy(Submit, policy => policy.RequireClaim(ScopeClaim, Scopes.Submit));
        options.AddPolicy(Cancel, policy => policy.RequireClaim(ScopeClaim, Scopes.Submit, Scopes.Operate));
        options.AddPolicy(Operate, policy => policy.RequireClaim(ScopeClaim, Scopes.Operate));
        options.AddPolicy(Read, policy => policy.RequireClaim(ScopeClaim, Scopes.Read, Scopes.ReadAll));
        // By cookie only: an API key opens the API and no page.
        options.AddPolicy(Person, policy => policy.AddAuthenticationSchemes(CookieAuthenticationDefaults.AuthenticationScheme).RequireAuthenticatedUser());
        options.AddPolicy(Known, policy => policy.RequireAuthenticatedUser());
        options.AddPolicy(Runner, policy => policy.RequireClaim(RunnerClaim));
    }
}

using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace MultiTalk.Web.Access;

/// <summary>People sign in with an OpenID provider: the code flow with PKCE (OpenID Connect Core 1.0, RFC 7636).</summary>
internal static partial class Oidc
{
    public const string SchemeName = "Oidc";

    private const string CallbackPath = SignInApi.OidcPath + "/callback";

    /// <summary>Adds the provider, where one is configured.</summary>
    public static AuthenticationBuilder AddOidc(this AuthenticationBuilder authentication, IConfiguration configuration)
    {
        if (string.IsNullOrEmpty(configuration[$"{OidcOptions.Section}:{nameof(OidcOptions.Authority)}"]))
            return authentication;
        authentication.Services.AddOptions<OpenIdConnectOptions>(SchemeName).Configure<IOptions<AccessOptions>>((options, access) => Configure(options, access.Value.Oidc));
        return authentication.AddOpenIdConnect(SchemeName, _ => { });
    }

    private static void Configure(OpenIdConnectOptions options, OidcOptions settings)
    {
        options.Authority = settings.Authority;
        options.ClientId = settings.ClientId;
        options.ClientSecret = settings.ClientSecret;
        options.RequireHttpsMetadata = !new Uri(settings.Authority!).IsLoopback;
        options.SignInScheme = CookieAuthenticationDefaults.AuthenticationScheme;
        options.CallbackPath = CallbackPath;
        options.MapInboundClaims = false;
        options.UsePkce = true;
        options.ResponseType = OpenIdConnectResponseType.Code;
        // The answer comes as an ordinary link, with which a browser sends cookies that are for this site only.
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.CorrelationCookie.SameSite = options.NonceCookie.SameSite = SameSiteMode.Lax;
        options.CorrelationCookie.SecurePolicy = options.NonceCookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.Scope.Clear();
        foreach (var scope in settings.Scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            options.Scope.Add(scope);
        options.Events.OnTokenValidated = context =>
        {
            // One that comes straight from the provider may go unsigned (OpenID Connect Core 1.0, 3.1.3.7); not here.
            if (string.IsNullOrEmpty(context.SecurityToken.RawSignature))
                context.Fail("The provider's token is not signed.");
            else if (Grant(context.Principal!, settings) is { } grant)
                context.Principal = Policies.Principal(grant, CookieAuthenticationDefaults.AuthenticationScheme);
            else
                context.Fail($"The provider names nobody: the claim \"{settings.OwnerClaim}\" is missing or not verified.");
            return Task.CompletedTask;
        };
        options.Events.OnRemoteFailure = context =>
        {
            LogFailed(context.HttpContext.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Oidc)), context.Failure?.Message ?? "no reason given");
            context.Response.Redirect("/signed-out?reason=provider");
            context.HandleResponse();
            return Task.CompletedTask;
        };
    }

    // Whom the provider vouches for; null if it does not.
    private static Grant? Grant(ClaimsPrincipal person, OidcOptions settings)
    {
        var owner = person.FindFirst(settings.OwnerClaim)?.Value;
        // Where anybody may enter any address, it says nothing of who they are.
        var verified = settings.OwnerClaim != "email" || string.Equals(person.FindFirst("email_verified")?.Value, "true", StringComparison.OrdinalIgnoreCase);
        if (!verified || !AccessRules.IsOwner(owner))
            return null;
        var isAdmin = !string.IsNullOrEmpty(settings.AdminClaim) && person.HasClaim(settings.AdminClaim, settings.AdminValue!);
        return new("person", owner!, isAdmin ? Scopes.All : settings.Granted);
    }

    [LoggerMessage(1402, LogLevel.Warning, "Nobody was signed in by the OpenID provider: {Reason}")]
    private static partial void LogFailed(ILogger logger, string reason);
}

using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.Options;
using MultiTalk.Web.Api;

namespace MultiTalk.Web.Access;

/// <summary>How a person comes in and goes out.</summary>
public static class SignInApi
{
    /// <summary>The path of a sign-in link.</summary>
    public const string Path = "/sign-in";

    /// <summary>Where people go who sign in with an OpenID provider; only there if one is configured.</summary>
    public const string OidcPath = Path + "/oidc";

    /// <summary>Maps sign-in and sign-out.</summary>
    public static IEndpointRouteBuilder MapSignIn(this IEndpointRouteBuilder app)
    {
        var pages = app.MapGroup("").ExcludeFromDescription();
        pages.MapGet(Path, SignIn).AllowAnonymous().WithName("SignIn");
        if (app.ServiceProvider.GetRequiredService<IOptions<AccessOptions>>().Value.Oidc.IsSet)
            pages.MapGet(OidcPath, SignInWithProvider).AllowAnonymous().WithName("SignInWithProvider");
        pages.MapPost("/sign-out", SignOut).RequireAuthorization(Policies.Person).WithName("SignOut");
        return app;
    }

    private static async Task<IResult> SignIn(string? token, HttpContext context, AccessStore store, Guesses guesses)
    {
        var address = context.Connection.RemoteIpAddress;
        if (token is { Length: > 0 } && guesses.Wait(address, token) is var wait && wait > TimeSpan.Zero)
            return Metering.Later(context, wait, Problems.TooManyWrongKeys());
        if (token is not { Length: > 0 } || await store.TakeSignInAsync(token) is not { } grant)
        {
            guesses.Wrong(address);
            return Results.Redirect("/signed-out?reason=link");
        }

        await context.SignInAsync(Policies.Principal(grant, CookieAuthenticationDefaults.AuthenticationScheme), new() { IsPersistent = true });
        return Results.Redirect("/");
    }

    private static IResult SignInWithProvider() => Results.Challenge(new() { RedirectUri = "/", IsPersistent = true }, [Oidc.SchemeName]);

    private static async Task<IResult> SignOut(ClaimsPrincipal user, AccessStore store)
    {
        // The browser forgets its cookie; whoever copied it, and pages that are open, have to be told.
        await store.SignOutAsync(Session.IdOf(user));
        return Results.SignOut(new() { RedirectUri = "/signed-out" }, [CookieAuthenticationDefaults.AuthenticationScheme]);
    }
}

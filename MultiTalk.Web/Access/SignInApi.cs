using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace MultiTalk.Web.Access;

/// <summary>How a person comes in and goes out.</summary>
public static class SignInApi
{
    /// <summary>The path of a sign-in link.</summary>
    public const string Path = "/sign-in";

    /// <summary>Maps sign-in and sign-out.</summary>
    public static IEndpointRouteBuilder MapSignIn(this IEndpointRouteBuilder app)
    {
        app.MapGet(Path, SignIn).AllowAnonymous();
        app.MapPost("/sign-out", SignOut).RequireAuthorization(Policies.Person);
        return app;
    }

    private static async Task<IResult> SignIn(string? token, HttpContext context, AccessStore store)
    {
        if (token is not { Length: > 0 } || await store.TakeSignInAsync(token) is not { } grant)
            return Results.Redirect("/signed-out?reason=link");

        await context.SignInAsync(Policies.Principal(grant, CookieAuthenticationDefaults.AuthenticationScheme), new() { IsPersistent = true });
        return Results.Redirect("/");
    }

    private static IResult SignOut() =>
        Results.SignOut(new() { RedirectUri = "/signed-out" }, [CookieAuthenticationDefaults.AuthenticationScheme]);
}

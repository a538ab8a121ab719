using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;

namespace MultiTalk.Web.Access;

/// <summary>How long a person stays signed in: while they come back within two weeks, and a month at most.</summary>
internal static class Session
{
    private const string Id = "session";
    private const string Began = "session-began";
    private const string Count = "session-count";

    /// <summary>Ends after this long without a visit.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromDays(14);

    /// <summary>Ends after this long, whatever happens.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>The id of a person's session.</summary>
    public static string IdOf(ClaimsPrincipal person) => person.FindFirstValue(Id) ?? "";

    /// <summary>Notes in the cookie which session it is, when it began, and how often the owner's sessions were ended before.</summary>
    public static async Task BeginAsync(CookieSigningInContext context)
    {
        var services = context.HttpContext.RequestServices;
        var identity = (ClaimsIdentity)context.Principal!.Identity!;
        // A cookie that is renewed began before.
        if (identity.HasClaim(claim => claim.Type == Id))
            return;
        identity.AddClaim(new(Id, Secret.New("")));
        identity.AddClaim(new(Began, Text(services.GetRequiredService<TimeProvider>().GetUtcNow().ToUnixTimeSeconds())));
        identity.AddClaim(new(Count, Text(await services.GetRequiredService<AccessStore>().SessionsEndedAsync(context.Principal!.Owner()))));
    }

    /// <summary>Refuses a cookie whose session has ended.</summary>
    public static async Task CheckAsync(CookieValidatePrincipalContext context)
    {
        // What everybody may have is not worth a question.
        if (context.HttpContext.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            return;
        var services = context.HttpContext.RequestServices;
        if (await IsOpenAsync(context.Principal!, services.GetRequiredService<AccessStore>(), services.GetRequiredService<TimeProvider>()))
            return;
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
    }

    /// <summary>Whether a person's session has not ended.</summary>
    public static async Task<bool> IsOpenAsync(ClaimsPrincipal person, AccessStore store, TimeProvider time) =>
        Read(person, Began) is { } began && time.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(began) < Longest
        && Read(person, Count) is { } count && await store.IsOpenAsync(person.Owner(), count, IdOf(person));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static long? Read(ClaimsPrincipal person, string claim) =>
        long.TryParse(person.FindFirstValue(claim), CultureInfo.InvariantCulture, out var number) ? number : null;
}

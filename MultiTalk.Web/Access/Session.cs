using System.Globalization;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;

namespace MultiTalk.Web.Access;

/// <summary>How long a person stays signed in: while they come back within two weeks, and a month at most.</summary>
internal static class Session
{
    private const string Began = "began";
    private const string Count = "count";

    /// <summary>Ends after this long without a visit.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromDays(14);

    /// <summary>Ends after this long, whatever happens.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>Notes in the cookie when it began, and how often the owner's sessions were ended before.</summary>
    public static async Task BeginAsync(CookieSigningInContext context)
    {
        var services = context.HttpContext.RequestServices;
        // A cookie that is renewed began before.
        if (context.Properties.Items.ContainsKey(Began))
            return;
        context.Properties.Items[Began] = Text(services.GetRequiredService<TimeProvider>().GetUtcNow().ToUnixTimeSeconds());
        context.Properties.Items[Count] = Text(await services.GetRequiredService<AccessStore>().SessionsEndedAsync(context.Principal!.Owner()));
    }

    /// <summary>Refuses a cookie whose session has ended.</summary>
    public static async Task CheckAsync(CookieValidatePrincipalContext context)
    {
        // What everybody may have is not worth a question.
        if (context.HttpContext.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            return;
        var services = context.HttpContext.RequestServices;
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        if (Read(context.Properties, Began) is { } began && now - DateTimeOffset.FromUnixTimeSeconds(began) < Longest
            && Read(context.Properties, Count) == await services.GetRequiredService<AccessStore>().SessionsEndedAsync(context.Principal!.Owner()))
            return;
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static long? Read(AuthenticationProperties properties, string name) =>
        properties.Items.TryGetValue(name, out var text) && long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null;
}

using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.StackExchangeRedis;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Access;

/// <summary>Adds authentication, authorisation, antiforgery and the headers that browsers enforce.</summary>
public static class AccessServices
{
    private const string AnyScheme = "Any";
    private const string AntiforgeryHeader = "X-Antiforgery";

    /// <summary>Adds access control: everything is denied unless it states a policy.</summary>
    public static WebApplicationBuilder AddAccess(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<AccessOptions>().BindConfiguration(AccessOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddHttpContextAccessor();
        services.AddSingleton<AccessStore>();
        services.AddSingleton<Guesses>();
        services.AddSingleton<Quotas>();
        services.AddHostedService<Welcome>();

        services.AddAuthentication(AnyScheme)
            .AddPolicyScheme(AnyScheme, null, options => options.ForwardDefaultSelector = context =>
                BearerHandler.Token(context.Request) is null ? CookieAuthenticationDefaults.AuthenticationScheme : BearerHandler.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, BearerHandler>(BearerHandler.SchemeName, null)
            .AddCookie(ConfigureCookie)
            .AddOidc(builder.Configuration);
        services.AddAuthorization(Policies.Define);
        services.AddCascadingAuthenticationState();
        services.AddScoped<AuthenticationStateProvider, OpenPage>();
        services.AddSingleton<OpenStream>();
        services.AddAntiforgery(options => options.HeaderName = AntiforgeryHeader);

        // The ring of keys lives on Redis, so that a cookie works on every replica and after a restart.
        services.AddDataProtection().SetApplicationName("MultiTalk");
        services.AddOptions<Microsoft.AspNetCore.DataProtection.KeyManagement.KeyManagementOptions>()
            .Configure<RedisConnection>((options, redis) => options.XmlRepository = new RedisXmlRepository(() => redis.Database, Keys.DataProtection));
        return builder;
    }

    /// <summary>Uses access control, before any endpoint.</summary>
    public static WebApplication UseAccess(this WebApplication app)
    {
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.Use(RefuseForgedWrites);
        return app;
    }

    private static void ConfigureCookie(CookieAuthenticationOptions options)
    {
        options.Cookie.Name = "multitalk";
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.ExpireTimeSpan = Session.Idle;
        options.SlidingExpiration = true;
        options.LoginPath = "/signed-out";
        options.Events.OnSigningIn = Session.BeginAsync;
        options.Events.OnValidatePrincipal = Session.CheckAsync;
        options.Events.OnRedirectToLogin = context => Answer(context, Problems.Unauthorized());
        options.Events.OnRedirectToAccessDenied = context => Answer(context, Problems.Forbidden());
    }

    // A program gets a problem, a person a page.
    private static Task Answer(RedirectContext<CookieAuthenticationOptions> context, IResult problem)
    {
        if (HttpMethods.IsGet(context.Request.Method) && context.Request.GetTypedHeaders().Accept.Any(type => type.MediaType == "text/html"))
        {
            context.Response.Redirect(context.RedirectUri);
            return Task.CompletedTask;
        }

        return problem.ExecuteAsync(context.HttpContext);
    }

    // A browser sends its cookie along with a request that another site made it send; the token proves that the page was ours.
    // Circuits are left out: the cookie is not sent when another site opens one (SameSite).
    private static async Task RefuseForgedWrites(HttpContext context, RequestDelegate next)
    {
        var safe = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) || HttpMethods.IsOptions(context.Request.Method);
        var byCookie = context.User.Identity?.AuthenticationType == CookieAuthenticationDefaults.AuthenticationScheme;
        if (!safe && byCookie && !context.Request.Path.StartsWithSegments("/_blazor") && !await HasTokenAsync(context))
        {
            await Problems.Forged().ExecuteAsync(context);
            return;
        }

        await next(context);
    }

    // Without the header the token is looked for in the form, which is then read whole: fine for the small forms of our
    // pages, not for an upload.
    private static async Task<bool> HasTokenAsync(HttpContext context)
    {
        var request = context.Request;
        if (!request.Headers.ContainsKey(AntiforgeryHeader) && request.GetTypedHeaders().ContentType?.MediaType != "application/x-www-form-urlencoded")
            return false;
        try
        {
            return await context.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(context);
        }
        catch (Exception exception) when (exception is AntiforgeryValidationException or InvalidDataException or IOException)
        {
            return false;
        }
    }
}

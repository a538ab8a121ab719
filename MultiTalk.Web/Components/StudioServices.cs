using Microsoft.AspNetCore.Http.HttpResults;
using MudBlazor.Services;
using MultiTalk.Web.Access;
using MultiTalk.Web.Components.Parts;

namespace MultiTalk.Web.Components;

/// <summary>Adds and maps the pages.</summary>
public static class StudioServices
{
    /// <summary>Adds what the pages need.</summary>
    public static WebApplicationBuilder AddStudio(this WebApplicationBuilder builder)
    {
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
        builder.Services.AddMudServices();
        builder.Services.AddExceptionHandler<FailureHandler>();
        return builder;
    }

    /// <summary>Maps the pages and their files.</summary>
    public static WebApplication MapStudio(this WebApplication app)
    {
        app.MapStaticAssets().AllowAnonymous();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode().RequireAuthorization(Policies.Person);
        app.MapGet(Sample.Route, Sample.Get).RequireAuthorization(Policies.Person).ExcludeFromDescription();
        return app;
    }

    /// <summary>Whether a person asks for a page, rather than a program for data.</summary>
    internal static bool AsksForPage(this HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && !request.Path.StartsWithSegments("/api") && request.GetTypedHeaders().Accept.Any(type => type.MediaType == "text/html");

    /// <summary>A page that stands for itself, without a circuit.</summary>
    internal static RazorComponentResult<Standalone> Page<TPage>(int statusCode) =>
        new(new Dictionary<string, object?> { [nameof(Standalone.Page)] = typeof(TPage) }) { StatusCode = statusCode };
}

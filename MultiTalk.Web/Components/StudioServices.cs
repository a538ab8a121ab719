using MudBlazor.Services;

namespace MultiTalk.Web.Components;

/// <summary>Adds and maps the pages.</summary>
public static class StudioServices
{
    /// <summary>Adds what the pages need.</summary>
    public static WebApplicationBuilder AddStudio(this WebApplicationBuilder builder)
    {
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
        builder.Services.AddMudServices();
        return builder;
    }

    /// <summary>Maps the pages and their files.</summary>
    public static WebApplication MapStudio(this WebApplication app)
    {
        app.MapStaticAssets().AllowAnonymous();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
        return app;
    }
}

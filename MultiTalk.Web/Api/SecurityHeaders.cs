using Microsoft.Net.Http.Headers;
using Scalar.AspNetCore;

namespace MultiTalk.Web.Api;

/// <summary>The headers that browsers and caches obey, on every answer.</summary>
internal static class SecurityHeaders
{
    // MudBlazor sets inline styles, so styles may be inline; scripts never are.
    private const string PagePolicy =
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; media-src 'self' blob:; "
        + "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    // Nothing of this is used; the studio takes files.
    private const string Permissions =
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()";

    // A year, as https://hstspreload.org asks for at least.
    private const string StrictTransport = "max-age=31536000";

    /// <summary>Sets them at the last moment, so that an error's answer has them too.</summary>
    public static WebApplication UseSecurityHeaders(this WebApplication app)
    {
        app.Use((context, next) =>
        {
            context.Response.OnStarting(() =>
            {
                Set(context);
                return Task.CompletedTask;
            });
            return next(context);
        });
        return app;
    }

    private static void Set(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = context.Items[ScalarOptions.NonceHttpContextItemKey] is string nonce ? ReaderPolicy(nonce) : PagePolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = Permissions;
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (context.Request.IsHttps)
            headers.StrictTransportSecurity = StrictTransport;
        // Static files, the probes and the event streams say it themselves. A video may stay with its owner, asked for again each time.
        if (headers.CacheControl.Count == 0)
            headers.CacheControl = headers.ContainsKey(HeaderNames.ETag) && !IsJson(context.Response) ? "private, no-cache" : "no-store";
    }

    private static bool IsJson(HttpResponse response) => response.ContentType?.Contains("json", StringComparison.OrdinalIgnoreCase) == true;

    // Scalar writes its own style sheet into the page, and its script makes some more.
    private static string ReaderPolicy(string nonce) =>
        $"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Api;

/// <summary>Adds what the endpoints need, and what stands before them.</summary>
public static class ApiServices
{
    /// <summary>Adds what the endpoints need.</summary>
    public static WebApplicationBuilder AddApi(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<JobSubmission>();
        services.AddSingleton<EventFeed>();
        services.AddSingleton<NoSuchAddress>();
        services.AddSingleton<IProblemDetailsWriter, ProblemWriter>();
        services.AddProblemDetails();
        services.AddExceptionHandler<ProblemHandler>();
        services.Configure<RouteOptions>(options => options.ConstraintMap.Add(JobIdConstraint.Name, typeof(JobIdConstraint)));
        // A bad request is then an exception, which gets its problem document like any other.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
            // A number is a number: 5 and not "5".
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            // What is not known is most often misspelled, and would have meant something.
            options.SerializerOptions.AllowDuplicateProperties = false;
            options.SerializerOptions.TypeInfoResolver = options.SerializerOptions.TypeInfoResolver!.WithAddedModifier(RefuseUnknown);
            options.SerializerOptions.RespectNullableAnnotations = true;
            options.SerializerOptions.RespectRequiredConstructorParameters = true;
        });
        builder.AddLimits();
        builder.AddApiDescription();
        return builder;
    }

    /// <summary>Uses what stands before everything else: headers, and problems for what fails or is refused without a word.</summary>
    public static WebApplication UseApi(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<ApiOptions>>().Value.TrustedProxies.Any())
            app.UseForwardedHeaders();
        app.UseSecurityHeaders();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.Use(ForgetFileAsync);
        app.Use(SayThatItClosesAsync);
        app.UseRouting();
        app.Use(NoSuchAddress.UseAsync);
        return app;
    }

    // A file that is not sent for its preconditions or its range leaves its type and the length of nothing, and no problem would be written.
    private static async Task ForgetFileAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        var response = context.Response;
        if (!response.HasStarted && response.StatusCode is StatusCodes.Status412PreconditionFailed or StatusCodes.Status416RangeNotSatisfiable)
            (response.ContentType, response.ContentLength) = (null, null);
    }

    // Kestrel reads a body to its end, or to its limit and then closes the connection. A client that is not told sends its next request into that.
    private static Task SayThatItClosesAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.OnStarting(() =>
        {
            if (context.Request.ContentLength > context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize)
                context.Response.Headers.Connection = "close";
            return Task.CompletedTask;
        });
        return next(context);
    }

    // In people's requests only: runners of another version may say more.
    private static void RefuseUnknown(JsonTypeInfo type)
    {
        if (type.Kind == JsonTypeInfoKind.Object && type.Type.Assembly == typeof(ApiServices).Assembly)
            type.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
    }

    private static void AddLimits(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<ApiOptions>().BindConfiguration(ApiOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddRequestTimeouts();
        services.AddOptions<RequestTimeoutOptions>().Configure<IOptions<ApiOptions>>((options, api) => options.AddPolicy(MessageLimit.OrdinaryTime, new RequestTimeoutPolicy
        {
            Timeout = api.Value.RequestTimeout,
            // What is said of it comes with the pages of statuses: here, whatever is written would be canceled as the request was.
            TimeoutStatusCode = StatusCodes.Status503ServiceUnavailable,
        }));
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<ApiOptions>>((options, api) =>
        {
            options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            foreach (var network in api.Value.TrustedProxies)
                options.KnownIPNetworks.Add(network);
        });
        services.Configure<KestrelServerOptions>(options =>
        {
            options.AddServerHeader = false;
            var limits = options.Limits;
            limits.MaxRequestHeadersTotalSize = 16 << 10;
            limits.MaxRequestHeaderCount = 64;
            limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            limits.KeepAliveTimeout = TimeSpan.FromSeconds(75);
            // Whoever sends or reads more slowly than that holds a connection and nothing else. A stream that waits for its next event
            // is not counted: only bytes that the client does not fetch are.
            limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
            limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
            limits.MaxConcurrentConnections = 10_000;
        });
        // The operator's own, Kestrel:Limits:MaxConcurrentConnections for instance, come after.
        services.Configure<KestrelServerOptions>(builder.Configuration.GetSection("Kestrel"));
        // These two write a request's query (a sign-in link's token) or a header that cannot be read (a key), whatever level was asked for.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.Warning);
    }
}

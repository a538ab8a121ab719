using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace MultiTalk.ServiceDefaults;

/// <summary>What every service has: telemetry, health, service discovery and HTTP resilience.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Prefix of our activity sources and meters; everything below it is exported.</summary>
    public const string TelemetryPrefix = "MultiTalk.";

    private const string HealthPath = "/health";
    private const string AlivePath = "/alive";
    private const string AliveTag = "alive";

    /// <summary>Adds the defaults to a service, before anything else.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.AddTelemetry();
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [AliveTag]);
        builder.Services.AddRequestTimeouts();
        builder.Services.AddOutputCache();
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http =>
        {
            // The standard handler repeats any method unless told otherwise, and a POST here makes a job.
            // Clients whose calls outlast its 30 s (long polls, uploads) remove it and set their own time-outs.
            http.AddStandardResilienceHandler(options => options.Retry.DisableForUnsafeHttpMethods());
            http.AddServiceDiscovery();
        });
        return builder;
    }

    /// <summary>
    /// Maps <c>/health</c> (ready to serve) and <c>/alive</c> (the process answers), in every environment: the probes
    /// of a cloud need them. They say one word and no detail, are cached for a moment and end in time, so that anybody may ask.
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.UseRequestTimeouts();
        app.UseOutputCache();

        var probes = app.MapGroup("");
        probes.AllowAnonymous()
            .CacheOutput(policy => policy.Expire(TimeSpan.FromSeconds(1)))
            .WithRequestTimeout(TimeSpan.FromSeconds(5));
        probes.MapHealthChecks(HealthPath);
        probes.MapHealthChecks(AlivePath, new HealthCheckOptions { Predicate = check => check.Tags.Contains(AliveTag) });
        return app;
    }

    private static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });

        var telemetry = builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter(TelemetryPrefix + "*"))
            .WithTracing(tracing => tracing
                .AddSource(TelemetryPrefix + "*")
                .AddAspNetCoreInstrumentation(options => options.Filter = context => !IsProbe(context.Request.Path))
                .AddHttpClientInstrumentation());

        if (!string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
            telemetry.UseOtlpExporter();
    }

    private static bool IsProbe(PathString path) => path == HealthPath || path == AlivePath;
}

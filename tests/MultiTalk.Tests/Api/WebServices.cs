using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace MultiTalk.Tests.Api;

/// <summary>Services of a Web under test.</summary>
internal static class WebServices
{
    /// <summary>Its start and stop.</summary>
    public static IHostApplicationLifetime GetLifetime(this IServiceProvider services) => services.GetRequiredService<IHostApplicationLifetime>();

    /// <summary>Its health, in detail.</summary>
    public static HealthCheckService GetHealth(this IServiceProvider services) => services.GetRequiredService<HealthCheckService>();
}

using Microsoft.Extensions.Diagnostics.HealthChecks;
using MultiTalk.Web.Access;

namespace MultiTalk.Web.Api;

/// <summary>The server's health as its operators see it; <c>/health</c> tells everybody one word of it.</summary>
/// <param name="Status">The worst of the checks: Healthy, Degraded or Unhealthy.</param>
/// <param name="Checks">Each check.</param>
public sealed record HealthDocument(string Status, IReadOnlyList<HealthCheckDocument> Checks);

/// <summary>One check.</summary>
/// <param name="Name">What is looked at.</param>
/// <param name="Status">Healthy, Degraded or Unhealthy.</param>
/// <param name="Description">What is wrong, and the remedy.</param>
/// <param name="Seconds">How long the check took.</param>
public sealed record HealthCheckDocument(string Name, string Status, string? Description, double Seconds);

/// <summary>Health over REST, for operators.</summary>
public static class HealthApi
{
    /// <summary>Where the API lives.</summary>
    public const string Root = "/api/v1/health";

    /// <summary>Maps the endpoint.</summary>
    public static IEndpointRouteBuilder MapHealthApi(this IEndpointRouteBuilder app)
    {
        app.MapGroup(Root).WithTags("Health").LimitMessages()
            .MapGet("", Get).RequireAuthorization(Policies.Operate).WithName("GetHealth")
            .WithSummary("What is wrong with the server.").WithDescription("Every check in words. The status is 200 whatever they say.").Produces<HealthDocument>();
        return app;
    }

    // The description only: an exception's text may hold an address with its password.
    private static async Task<IResult> Get(HealthCheckService health, CancellationToken cancellationToken)
    {
        var report = await health.CheckHealthAsync(cancellationToken);
        return Results.Ok(new HealthDocument(report.Status.ToString(),
            [.. report.Entries.Select(entry => new HealthCheckDocument(entry.Key, entry.Value.Status.ToString(), entry.Value.Description, Math.Round(entry.Value.Duration.TotalSeconds, 3)))]));
    }
}

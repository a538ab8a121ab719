using System.Security.Claims;
using MultiTalk.Web.Access;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Api;

/// <summary>How queue and fleet do, over REST; cheap enough for autoscalers.</summary>
public static class StatsApi
{
    /// <summary>Where the API lives.</summary>
    public const string Root = "/api/v1/stats";

    /// <summary>Maps the endpoint.</summary>
    public static IEndpointRouteBuilder MapStatsApi(this IEndpointRouteBuilder app)
    {
        app.MapGet(Root, Get).RequireAuthorization(Policies.Read).WithTags("Stats").WithName("GetStats").WithSummary("Gets how queue and fleet do.")
            .WithDescription("For each engine what waits and runs, waits and run times, throughput and success; failures by code, hours of graphics cards by owner (of others with operate or read-all), runners by state. Of the last 1h, 24h or 7d; at most 5 s old, and cheap to ask for.")
            .Produces<JobStats>().WithProblems("window_unknown");
        return app;
    }

    private static async Task<IResult> Get(ClaimsPrincipal user, LiveStats stats, HttpResponse response, string? window = null)
    {
        StatsWindow? wanted = window switch { null or "" or "1h" => StatsWindow.Hour, "24h" => StatsWindow.Day, "7d" => StatsWindow.Week, _ => null };
        if (wanted is not { } known)
            return Problems.WindowUnknown();
        var read = await stats.GetAsync(known);
        response.Headers.CacheControl = $"private, max-age={(int)LiveStats.Age.TotalSeconds}";
        // Who used how much is between them and the operators.
        var hours = read.GpuHours.Where(entry => entry.Key == user.Owner() || user.Has(Scopes.Operate) || user.Has(Scopes.ReadAll));
        return Results.Ok(read with { GpuHours = hours.ToDictionary() });
    }
}

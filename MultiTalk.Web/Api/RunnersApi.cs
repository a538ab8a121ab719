using MultiTalk.Web.Access;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Api;

/// <summary>Runners over REST, for people's programs.</summary>
public static class RunnersApi
{
    /// <summary>Where the API lives.</summary>
    public const string Root = "/api/v1/runners";

    /// <summary>Maps the endpoints.</summary>
    public static IEndpointRouteBuilder MapRunnersApi(this IEndpointRouteBuilder app)
    {
        app.MapGet(Root, List).RequireAuthorization(Policies.Read).WithTags("Runners").WithName("ListRunners");
        return app;
    }

    private static async Task<IResult> List(JobStore store) => Results.Ok(await store.RunnersAsync());
}

using MultiTalk.Web.Access;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Api;

/// <summary>How long jobs that ended are kept, with their media.</summary>
/// <param name="Days">Days; null to go back to what is configured.</param>
public sealed record RetentionSetting(double? Days);

/// <summary>Settings that are changed while the program runs, over REST. They hold for every Web.</summary>
public static class SettingsApi
{
    /// <summary>Where the API lives.</summary>
    public const string Root = "/api/v1/settings";

    private const int MostDays = 3650;

    /// <summary>Maps the endpoints.</summary>
    public static IEndpointRouteBuilder MapSettingsApi(this IEndpointRouteBuilder app)
    {
        var settings = app.MapGroup(Root).WithTags("Settings").RequireAuthorization(Policies.Administer).LimitMessages();
        settings.MapGet("retention", Retention).WithName("GetRetention").WithSummary("Gets how long jobs are kept.")
            .WithDescription("After they have ended, with their media.").Produces<RetentionSetting>();
        settings.MapPut("retention", SetRetention).WithName("SetRetention").WithSummary("Changes how long jobs are kept.")
            .WithDescription("For every Web, within seconds; null goes back to Jobs:Retention.").WithExample("""{"days": 14}""").Produces<RetentionSetting>().WithProblems("retention_invalid");
        return app;
    }

    private static async Task<IResult> Retention(JobStore store) => Results.Ok(new RetentionSetting((await store.RetentionAsync()).TotalDays));

    private static async Task<IResult> SetRetention(RetentionSetting setting, JobStore store)
    {
        if (setting.Days is { } days && (days is < 1 or > MostDays || days != Math.Floor(days)))
            return Problems.RetentionInvalid(MostDays);
        await store.SetRetentionAsync((int?)setting.Days);
        return await Retention(store);
    }
}

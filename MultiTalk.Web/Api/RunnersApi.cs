using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Web.Access;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Api;

/// <summary>A runner as the API shows it.</summary>
/// <param name="Id">Its identity, kept over restarts.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Engine">What it runs.</param>
/// <param name="Version">Of its program.</param>
/// <param name="Live">Whether it was seen recently.</param>
/// <param name="Drain">Whether it is to have jobs.</param>
/// <param name="SeenAt">When it was seen last.</param>
/// <param name="Abilities">What it can do.</param>
/// <param name="Parity">Its parity report: nine rows.</param>
public sealed record RunnerDocument(
    string Id, string Name, string Engine, string Version, bool Live, RunnerDrain Drain, DateTimeOffset SeenAt, RunnerAbilities Abilities, IReadOnlyList<ParityCheck> Parity);

/// <summary>The runners.</summary>
/// <param name="Items">The one that was seen last first.</param>
/// <param name="Next">Always null: these are all.</param>
public sealed record RunnerPage(IReadOnlyList<RunnerDocument> Items, string? Next = null);

/// <summary>How a runner is drained.</summary>
/// <param name="Now">Whether it puts back what it works on; otherwise it finishes that first.</param>
public sealed record DrainRequest(bool Now = false);

/// <summary>Runners over REST, for people's programs.</summary>
public static class RunnersApi
{
    /// <summary>Where the API lives.</summary>
    public const string Root = "/api/v1/runners";

    /// <summary>Maps the endpoints.</summary>
    public static IEndpointRouteBuilder MapRunnersApi(this IEndpointRouteBuilder app)
    {
        var runners = app.MapGroup(Root).WithTags("Runners").LimitMessages();
        runners.MapGet("", List).RequireAuthorization(Policies.Read).WithName("ListRunners").WithSummary("Lists the runners.").WithDescription("All that ever registered, live or not.").Produces<RunnerPage>();
        runners.MapGet(JobIdConstraint.Segment + "/doctor", Doctor).RequireAuthorization(Policies.Read).WithName("GetDoctorReport").WithSummary("Gets what a runner's doctor found.").WithDescription("Its parity with Colab and every probe of its machine.")
            .Produces<DoctorReport>().WithProblems("runner_not_found");
        runners.MapPost(JobIdConstraint.Segment + "/drain", Drain).RequireAuthorization(Policies.Operate).WithName("DrainRunner").WithSummary("Drains a runner.").WithDescription("It is given no more jobs; what it works on is finished first, or put back at once.")
            .WithExample("""{"now": false}""").Produces(StatusCodes.Status204NoContent).WithProblems("runner_not_found");
        runners.MapPost(JobIdConstraint.Segment + "/resume", Resume).RequireAuthorization(Policies.Operate).WithName("ResumeRunner").WithSummary("Gives a runner jobs again.").WithDescription("Ends a drain.").Produces(StatusCodes.Status204NoContent).WithProblems("runner_not_found");
        return app;
    }

    private static async Task<IResult> List(JobStore store) => Results.Ok(new RunnerPage(await Task.WhenAll((await store.RunnersAsync()).Select(async runner => new RunnerDocument(
        runner.Id, runner.Name, runner.Engine, runner.Version, runner.Live, runner.Drain, runner.SeenAt, runner.Abilities, (await store.ReportAsync(runner.Id))?.Parity ?? [])))));

    private static async Task<IResult> Drain(string id, DrainRequest? drain, JobStore store) =>
        await store.DrainAsync(id, drain?.Now == true) ? Results.NoContent() : Problems.NoSuchRunner();

    private static async Task<IResult> Resume(string id, JobStore store) =>
        await store.UndrainAsync(id) ? Results.NoContent() : Problems.NoSuchRunner();

    private static async Task<IResult> Doctor(string id, JobStore store) =>
        await store.ReportAsync(id) is { } report ? Results.Ok(report) : Problems.NoSuchRunner();
}

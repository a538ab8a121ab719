using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Web.Access;
using MultiTalk.Web.Jobs;
using MultiTalk.Web.Media;

namespace MultiTalk.Web.Api;

/// <summary>The Web's side of <see cref="RunnerProtocol"/>.</summary>
public static class RunnerApi
{
    private const string Attempt = "/runner/v1/runners/{runner:" + JobIdConstraint.Name + "}/jobs/" + JobIdConstraint.Segment + "/attempts/{attempt:int}";

    // A heartbeat carries at most some hundred lines.
    private const long MaxMessageBytes = 4 << 20;

    /// <summary>Maps the endpoints.</summary>
    public static IEndpointRouteBuilder MapRunnerApi(this IEndpointRouteBuilder app)
    {
        var runner = app.MapGroup("").AddEndpointFilter<RouteGroupBuilder, RunnerIdentity>().RequireAuthorization(Policies.Runner).ExcludeFromDescription().LimitMessages(MaxMessageBytes);
        runner.DisableRequestTimeout();
        runner.MapPost(RunnerProtocol.Register, Register);
        runner.MapPost(RunnerProtocol.ClaimNext, ClaimNext);
        runner.MapPost(RunnerProtocol.Leave, Leave);
        runner.MapPost(Attempt + "/heartbeat", SendHeartbeat);
        runner.MapGet(Attempt + "/inputs/{name}", Input);
        runner.MapPut(Attempt + "/output", Output).WithMetadata(new UploadLimit(null));
        runner.MapPost(Attempt + "/complete", Complete);
        runner.MapPost(Attempt + "/fail", Fail);
        runner.MapPost(Attempt + "/release", Release);
        return app;
    }

    private static async Task<IResult> Register(RegisterRequest runner, JobStore store)
    {
        if (!RunnerRules.AreSound(runner))
            return Problems.RegistrationUnsound();
        await store.RegisterAsync(runner);
        return Results.NoContent();
    }

    private static async Task<IResult> ClaimNext(
        ClaimRequest request, JobStore store, JobDispatcher dispatcher, IOptions<JobsOptions> options, TimeProvider time, IHostApplicationLifetime lifetime, HttpContext context)
    {
        if (!JobIdConstraint.Matches(request.RunnerId) || await store.AskedAsync(request with { Measurements = RunnerRules.Sound(request.Measurements) }) is not { } runner)
            return Problems.UnknownRunner();

        using var enough = new CancellationTokenSource(options.Value.ClaimPoll, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, lifetime.ApplicationStopping, context.RequestAborted);
        if (await dispatcher.NextAsync(runner, ending.Token) is not { } job)
            return Results.NoContent();
        if (!context.RequestAborted.IsCancellationRequested)
            return Results.Ok(new Claim(job.Id, job.Attempt, job.Request.Prompt, job.Plan, job.Request.Inputs, job.TraceParent));

        await store.ReleaseAsync(job.Holder);
        return Results.NoContent();
    }

    private static async Task<IResult> Leave(LeaveRequest request, JobStore store)
    {
        if (JobIdConstraint.Matches(request.RunnerId))
            await store.LeaveAsync(request.RunnerId);
        return Results.NoContent();
    }

    private static async Task<IResult> SendHeartbeat(string runner, string id, int attempt, Heartbeat heartbeat, JobStore store) =>
        await store.HeartbeatAsync(new(id, attempt, runner), RunnerRules.Sound(heartbeat)) is { } command
            ? Results.Ok(new HeartbeatAnswer(command))
            : Problems.Fenced();

    private static async Task<IResult> Input(string runner, string id, int attempt, string name, JobStore store, JobFiles files, CancellationToken cancellationToken)
    {
        if (!await store.HoldsAsync(new(id, attempt, runner)) || await store.FindAsync(id) is not { } job)
            return Problems.Fenced();
        return job.Request.Inputs.FirstOrDefault(input => input.Name == name) is { } input && await files.OpenInputAsync(id, name, cancellationToken) is { } content
            ? Results.Stream(content, "application/octet-stream", entityTag: new EntityTagHeaderValue($"\"{input.Sha256}\""), enableRangeProcessing: true)
            : Problems.NoSuchInput();
    }

    private static async Task<IResult> Output(
        string runner, string id, int attempt, HttpRequest request, JobStore store, JobFiles files, CancellationToken cancellationToken)
    {
        var holder = new Holder(id, attempt, runner);
        if (!await store.HoldsAsync(holder))
            return Problems.Fenced();
        if (ReprDigest.Read(request.Headers) is not { } sha256)
            return Problems.DigestMissing();
        try
        {
            await files.SaveOutputAsync(id, attempt, request.Body, sha256, cancellationToken);
        }
        catch (DigestMismatchException)
        {
            return Problems.DigestMismatch();
        }

        if (await store.HoldsAsync(holder))
            return Results.NoContent();

        // It was taken away while the bytes arrived; they would lie there until the job is forgotten.
        await files.DeleteOutputAsync(id, attempt, sha256);
        return Problems.Fenced();
    }

    private static async Task<IResult> Complete(string runner, string id, int attempt, VideoFacts video, JobStore store, JobFiles files, CancellationToken cancellationToken)
    {
        var holder = new Holder(id, attempt, runner);
        if (await files.FindOutputAsync(id, attempt, video.Sha256, cancellationToken) is not { } output || output.Bytes != video.Bytes)
            return await store.HoldsAsync(holder) ? Problems.NoVideo() : Problems.Fenced();
        if (!await store.CompleteAsync(holder, video))
        {
            // It would lie there until the job is forgotten; unless it is the very one that was published.
            if (await store.FindAsync(id) is not { State: JobState.Succeeded } job || job.Attempt != attempt)
                await files.DeleteOutputAsync(id, attempt, video.Sha256);
            return Problems.Fenced();
        }

        await files.DeleteOutputsAsync(id, published: output);
        return Results.NoContent();
    }

    private static async Task<IResult> Fail(string runner, string id, int attempt, JobError error, JobStore store) =>
        await store.FailAsync(new(id, attempt, runner), RunnerRules.Sound(error)) ? Results.NoContent() : Problems.Fenced();

    private static async Task<IResult> Release(string runner, string id, int attempt, JobStore store) =>
        await store.ReleaseAsync(new(id, attempt, runner)) ? Results.NoContent() : Problems.Fenced();
}

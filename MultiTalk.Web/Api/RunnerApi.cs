using Microsoft.Extensions.Options;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Web.Access;
using MultiTalk.Web.Jobs;
using MultiTalk.Web.Media;

namespace MultiTalk.Web.Api;

/// <summary>The Web's side of <see cref="RunnerProtocol"/>.</summary>
public static class RunnerApi
{
    private const string Attempt = "/runner/v1/jobs/" + JobIdConstraint.Segment + "/attempts/{attempt:int}";

    // A heartbeat carries at most some hundred lines.
    private const long MaxMessageBytes = 4 << 20;

    /// <summary>Maps the endpoints.</summary>
    public static IEndpointRouteBuilder MapRunnerApi(this IEndpointRouteBuilder app)
    {
        var runner = app.MapGroup("").RequireAuthorization(Policies.Runner).ExcludeFromDescription().WithMetadata(new UploadLimit(MaxMessageBytes));
        runner.MapPost(RunnerProtocol.Register, Register);
        runner.MapPost(RunnerProtocol.ClaimNext, ClaimNext);
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
        ClaimRequest request, JobStore store, Signals signals, IOptions<JobsOptions> options, TimeProvider time,
        IHostApplicationLifetime lifetime, HttpContext context)
    {
        if (await store.SeenAsync(request.RunnerId, RunnerRules.Sound(request.Measurements)) is not { } runner)
            return Problems.UnknownRunner();

        using var enough = new CancellationTokenSource(options.Value.ClaimPoll, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, lifetime.ApplicationStopping, context.RequestAborted);
        using var queued = signals.Of(Keys.Queued, runner.Engine);
        while (!ending.IsCancellationRequested)
        {
            if (await store.ClaimAsync(runner, ending.Token) is { } job)
            {
                if (!context.RequestAborted.IsCancellationRequested)
                    return Results.Ok(new Claim(job.Id, job.Attempt, job.Request.Prompt, job.Plan, job.Request.Inputs, job.TraceParent));
                await store.ReleaseAsync(job, job.Attempt);
            }

            await queued.NextAsync(ending.Token);
        }

        return Results.NoContent();
    }

    private static async Task<IResult> SendHeartbeat(string id, int attempt, Heartbeat heartbeat, JobStore store) =>
        await store.HeartbeatAsync(id, attempt, heartbeat with { Progress = RunnerRules.Sound(heartbeat.Progress) }) ? Results.Ok(new HeartbeatAnswer(RunnerCommand.Continue)) : Problems.Fenced();

    private static async Task<IResult> Input(string id, int attempt, string name, JobStore store, DiskMediaStore media)
    {
        if (!await store.HoldsAsync(id, attempt) || await store.FindAsync(id) is not { } job)
            return Problems.Fenced();
        return job.Request.Inputs.Any(input => input.Name == name) && media.Find(id, name) is { } path
            ? Results.File(path, "application/octet-stream", enableRangeProcessing: true)
            : Problems.NoSuchInput();
    }

    private static async Task<IResult> Output(string id, int attempt, HttpRequest request, JobStore store, DiskMediaStore media, CancellationToken cancellationToken)
    {
        if (!await store.HoldsAsync(id, attempt))
            return Problems.Fenced();
        if (ReprDigest.Read(request.Headers) is not { } sha256)
            return Problems.DigestMissing();
        return await media.SaveOutputAsync(id, attempt, request.Body, sha256, cancellationToken) ? Results.NoContent() : Problems.DigestMismatch();
    }

    private static async Task<IResult> Complete(string id, int attempt, VideoFacts video, JobStore store, DiskMediaStore media)
    {
        if (media.FindOutput(id, attempt, video.Sha256) is not { } output || new FileInfo(output).Length != video.Bytes)
            return await store.HoldsAsync(id, attempt) ? Problems.NoVideo() : Problems.Fenced();
        return await store.CompleteAsync(id, attempt, video) ? Results.NoContent() : Problems.Fenced();
    }

    private static async Task<IResult> Fail(string id, int attempt, JobError error, JobStore store) =>
        await store.FindAsync(id) is { } job && await store.FailAsync(job, attempt, error) ? Results.NoContent() : Problems.Fenced();

    private static async Task<IResult> Release(string id, int attempt, JobStore store) =>
        await store.FindAsync(id) is { } job && await store.ReleaseAsync(job, attempt) ? Results.NoContent() : Problems.Fenced();
}

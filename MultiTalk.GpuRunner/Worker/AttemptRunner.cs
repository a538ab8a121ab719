using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Execution;

namespace MultiTalk.GpuRunner.Worker;

/// <summary>Runs one claimed attempt to its end: generate, upload, complete; or fail; or give it back.</summary>
public sealed partial class AttemptRunner(
    WebClient client, GenerationExecutor executor, IOptions<RunnerOptions> options, TimeProvider time, ILogger<AttemptRunner> logger)
{
    // With KillAfter before it and the Worker's leave behind it, a stop stays within the 10 s that container runtimes give.
    private static readonly TimeSpan _releaseWithin = TimeSpan.FromSeconds(1.5);

    /// <summary>Runs the attempt. Whatever goes wrong with it is told to the Web, and the runner goes on.</summary>
    /// <param name="claim">What the Web handed out.</param>
    /// <param name="parity">How this machine compares with Colab.</param>
    /// <param name="stopping">Ends the script and gives the job back.</param>
    /// <exception cref="HttpRequestException">The Web refuses even the report of a failure, or could not be told of it in time.</exception>
    public async Task RunAsync(Claim claim, IReadOnlyList<ParityCheck> parity, CancellationToken stopping)
    {
        using var activity = RunnerActivity.Source.StartActivity("attempt", ActivityKind.Consumer, claim.TraceParent);
        activity?.SetTag("multitalk.job", claim.JobId).SetTag("multitalk.attempt", claim.Attempt);
        LogStarted(claim.JobId, claim.Attempt, claim.Plan.Segments, claim.Plan.Steps);

        using var heartbeats = new Heartbeats(client, claim, options.Value, time, logger);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping, heartbeats.Ended);
        using var beating = new CancellationTokenSource();
        var beats = heartbeats.RunAsync(beating.Token);
        try
        {
            await FinishAsync(claim, parity, heartbeats, ended.Token);
        }
        catch (FencedException)
        {
            LogFenced(claim.JobId, claim.Attempt);
        }
        catch (OperationCanceledException) when (heartbeats.Fenced)
        {
            LogFenced(claim.JobId, claim.Attempt);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            await ReleaseAsync(claim);
        }
        finally
        {
            await beating.CancelAsync();
            await beats;
        }
    }

    private async Task FinishAsync(Claim claim, IReadOnlyList<ParityCheck> parity, Heartbeats heartbeats, CancellationToken cancellationToken)
    {
        try
        {
            await GenerateAsync(claim, parity, heartbeats, cancellationToken);
        }
        // Everything else: a job that trips over a fault of ours must not stop one runner after another.
        catch (Exception exception) when (exception is not (OperationCanceledException or FencedException))
        {
            var error = Explain(exception);
            Activity.Current?.SetStatus(ActivityStatusCode.Error, error.Code);
            LogFailed(exception is GenerationFailedException ? null : exception, claim.JobId, error.Code, error.Title, error.Cause);
            await heartbeats.BeatAsync(cancellationToken);
            await LastlyAsync(claim, token => client.FailAsync(claim, error, token), cancellationToken);
        }
    }

    private async Task GenerateAsync(Claim claim, IReadOnlyList<ParityCheck> parity, Heartbeats heartbeats, CancellationToken cancellationToken)
    {
        var attempt = new Attempt(claim.JobId, claim.Attempt, claim.Prompt, claim.Plan, Fetch) { Parity = parity };
        using var video = await executor.ExecuteAsync(attempt, heartbeats, heartbeats, cancellationToken);

        try
        {
            await HandOverAsync(claim, video, heartbeats, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            var error = Explain(exception);
            error = error with { Remedy = $"{error.Remedy} The runner keeps the video for a while: {OutputCollector.Video} in {attempt.Name} in its Runner:Workspaces." };
            video.Keep(error);
            throw new GenerationFailedException(error, exception);
        }

        Task Fetch(string name, string target, CancellationToken token) =>
            UntilReachedAsync(claim, inner => client.DownloadAsync(claim, claim.Inputs.Single(input => input.Name == name), target, inner), token);
    }

    private async Task HandOverAsync(Claim claim, GeneratedVideo video, Heartbeats heartbeats, CancellationToken cancellationToken)
    {
        var segments = video.Plan.Segments;
        heartbeats.Report(new GenerationProgress(Phase.Uploading, ProgressShare.At(Phase.Uploading, 0), segments, segments));
        using (RunnerActivity.Source.StartActivity("upload"))
            await UntilReachedAsync(claim, token => client.UploadAsync(claim, video.Path, video.Facts, token), cancellationToken);
        await heartbeats.BeatAsync(cancellationToken);
        await UntilReachedAsync(claim, token => client.CompleteAsync(claim, video.Facts, token), cancellationToken);
        LogSucceeded(claim.JobId, video.Facts.Frames, video.Facts.Bytes);
    }

    // What ends an attempt: if an answer was lost, the Web did it all the same, and the attempt is no longer ours.
    private async Task LastlyAsync(Claim claim, Func<CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        var tries = 0;
        try
        {
            await UntilReachedAsync(claim, Try, cancellationToken);
        }
        catch (FencedException) when (tries > 1)
        {
            // Done.
        }

        Task Try(CancellationToken token)
        {
            tries++;
            return call(token);
        }
    }

    private async Task UntilReachedAsync(Claim claim, Func<CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(time);
        for (long? failing = null; ;)
        {
            try
            {
                await call(cancellationToken);
                return;
            }
            catch (HttpRequestException exception) when (IsPassing(exception))
            {
                if (failing is null)
                    LogRetrying(claim.JobId, exception.Message);
                failing ??= time.GetTimestamp();
                // The job must not hold this runner for ever; and a Web that was away so long has given it to another.
                if (time.GetElapsedTime(failing.Value) >= options.Value.GiveUpAfter)
                    throw;
                await backoff.PauseAsync(exception, cancellationToken);
            }
        }
    }

    private async Task ReleaseAsync(Claim claim)
    {
        using var limit = new CancellationTokenSource(_releaseWithin);
        try
        {
            await LastlyAsync(claim, token => client.ReleaseAsync(claim, token), limit.Token);
            LogReleased(claim.JobId);
        }
        catch (FencedException)
        {
            LogFenced(claim.JobId, claim.Attempt);
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            LogNotReleased(claim.JobId, exception.Message);
        }
    }

    private static bool IsPassing(HttpRequestException exception) => exception.StatusCode
        is null or >= HttpStatusCode.InternalServerError or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.Unauthorized;

    private static JobError Explain(Exception exception) => exception switch
    {
        GenerationFailedException failed => failed.Error,
        MissingProgramException missing => new("program_missing", "A program is missing on the runner.", missing.Message, "Install it there and try again.", []),
        HttpRequestException away when IsPassing(away) =>
            new("web_unreachable", "The Web gave the runner no proper answer, however often it tried.", away.Message, "See the Web's log and the network between them, and try again.", []),
        HttpRequestException { StatusCode: HttpStatusCode.RequestEntityTooLarge } large => new("video_too_large", "The Web takes no video of this size.", large.Message,
            "Raise the limit of what stands before the Web, such as a proxy: a video may have 2 GB. Or ask for a shorter one.", [], Retryable: false),
        HttpRequestException refused => new("web_refused", "The Web refused what the runner sent.", refused.Message, "See the Web's log; both must be of the same version.", []),
        InvalidDataException damaged => new("input_damaged", "An input did not arrive intact.", damaged.Message, "Try again.", []),
        IOException or UnauthorizedAccessException =>
            new("runner_storage", "The runner could not write its workspace.", exception.Message, "See that the disk of Runner:Workspaces is there, writable and not full.", []),
        _ => new("runner_error", "The runner met a fault of its own.", $"{exception.GetType().Name}: {exception.Message}", "Try again; report it with the runner's log if it happens again.", []),
    };
}

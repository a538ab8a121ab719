using System.Diagnostics;
using System.Security.Claims;
using Microsoft.Extensions.Options;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Web.Access;
using MultiTalk.Web.Media;
using MultiTalk.Web.Outbound;
using MultiTalk.Web.Webhooks;
using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

/// <summary>From an upload to a queued job: everything is checked before anything is queued.</summary>
public sealed class JobSubmission(
    JobStore store, Scratch scratch, JobFiles files, SubmissionInputs inputs, IOptions<JobsOptions> jobs, IOptions<MediaOptions> limits, Quotas quotas, WebhookStore webhooks, OutboundAddress addresses)
{
    private readonly KeyedLock _keys = new();

    /// <summary>Reads a submission, as a form or as JSON.</summary>
    /// <param name="request">The upload.</param>
    /// <param name="cancellationToken">Ends the upload; nothing stays.</param>
    /// <returns>To be disposed.</returns>
    /// <exception cref="InvalidRequestException">It cannot be read.</exception>
    /// <exception cref="UploadTooLargeException">A part is too large.</exception>
    internal async Task<ReceivedSubmission> ReceiveAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var incoming = scratch.NewIncoming();
        try
        {
            return new(
                SubmissionJson.Is(request)
                    ? await SubmissionJson.ReadAsync(request, cancellationToken)
                    : await SubmissionForm.ReadAsync(request, incoming, limits.Value, cancellationToken),
                incoming);
        }
        catch
        {
            incoming.Dispose();
            throw;
        }
    }

    /// <summary>Queues a submission.</summary>
    /// <param name="received">What was sent. It is the caller's to dispose.</param>
    /// <param name="user">Whose job it will be.</param>
    /// <param name="key">What the client calls this submission; null if it does not.</param>
    /// <param name="cancellationToken">Ends it; nothing stays.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="InvalidRequestException">It can never run as it stands; nothing was queued or kept.</exception>
    internal Task<Submission> AcceptAsync(ReceivedSubmission received, ClaimsPrincipal user, string? key, CancellationToken cancellationToken) =>
        OnceAsync(user.Owner(), key, received.Content.Hash, async known =>
        {
            var webhook = received.Content.Webhook?.Checked(addresses);
            var (plan, prepared) = await PrepareAsync(received, user, cancellationToken);
            var content = received.Content;
            var request = new JobRequest(content.Prompt, content.Options, plan, [.. prepared.Select(input => input.File)]);
            var job = new NewJob(JobStore.NewId(), user.Owner(), request) { Key = known, Priority = content.Priority };
            return await QueueAsync(job, webhook, () => inputs.StoreAsync(job.Id, prepared, received.Incoming, cancellationToken));
        }, cancellationToken);

    /// <summary>Queues a job that ended once more, as a new one.</summary>
    /// <param name="job">The job.</param>
    /// <param name="owner">Whose job the new one will be.</param>
    /// <param name="newSeed">Whether it is to differ by its seed; otherwise it is the same.</param>
    /// <param name="key">What the client calls this submission; null if it does not.</param>
    /// <param name="cancellationToken">Ends it; nothing stays.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="IOException">The job's inputs are gone, or cannot be copied.</exception>
    public Task<Submission> RetryAsync(Job job, string owner, bool newSeed, string? key, CancellationToken cancellationToken) =>
        OnceAsync(owner, key, Hashed.Of($"retry {job.Id} {newSeed}"), async known =>
        {
            var request = newSeed ? job.Request.WithNewSeed() : job.Request;
            var plan = (await store.FleetAsync()).Fit(request.Plan);
            var again = new NewJob(JobStore.NewId(), owner, request with { Plan = plan }) { RetryOf = job.Id, Priority = Math.Min(job.Priority, 0), Key = known };
            // It is reported where the first one was, unless that was somebody else's.
            var webhook = owner == job.Owner ? await webhooks.OfJobAsync(job.Id) : null;
            return await QueueAsync(again, webhook, () => files.CopyInputsAsync(job.Id, again.Id, job.Request.Inputs.Select(input => input.Name), cancellationToken));
        }, cancellationToken);

    /// <summary>Says what a submission would do and cost. Nothing is queued or kept.</summary>
    /// <param name="received">What was sent, the same as for <see cref="AcceptAsync"/>.</param>
    /// <param name="user">Whose uploads may be used.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InvalidRequestException">It could never run as it stands.</exception>
    internal async Task<GenerationPlan> PlanAsync(ReceivedSubmission received, ClaimsPrincipal user, CancellationToken cancellationToken) =>
        (await PrepareAsync(received, user, cancellationToken)).Plan;

    // One after another for one key: of a hundred that come at once, the first does the work and the others find its job. Should
    // another Web do it at the same time, the store lets one of them win.
    private async Task<Submission> OnceAsync(
        string owner, string? key, string requestHash, Func<IdempotencyKey?, Task<Submission>> submit, CancellationToken cancellationToken)
    {
        if (key is null)
            return await submit(null);
        using var _ = await _keys.TakeAsync($"{owner} {key}", cancellationToken);
        var known = new IdempotencyKey(key, requestHash);
        return await store.FindSubmissionAsync(owner, known) ?? await submit(known);
    }

    private async Task<Submission> QueueAsync(NewJob job, JobWebhook? webhook, Func<Task> storeInputs)
    {
        Submission submission;
        try
        {
            await storeInputs();
            submission = await store.SubmitAsync(job with { TraceParent = Activity.Current?.Id, MostQueued = quotas.MostQueued, Hooks = await webhooks.HooksAsync(job.Owner, webhook) });
        }
        // After a lost connection the job may have been stored, so its files stay; anything else is a refusal for certain.
        catch (Exception exception) when (exception is RedisServerException || !RedisConnection.IsAway(exception))
        {
            await files.DiscardAsync(job.Id);
            throw;
        }

        if (submission.Outcome != SubmissionOutcome.Accepted)
            await files.DiscardAsync(job.Id);
        return submission;
    }

    private async Task<(GenerationPlan Plan, IReadOnlyList<PreparedInput> Inputs)> PrepareAsync(
        ReceivedSubmission received, ClaimsPrincipal user, CancellationToken cancellationToken)
    {
        // What costs nothing to check comes first.
        var content = received.Content;
        RequestProblem[] problems = [.. content.Missing(), .. Planner.PromptProblems(content.Prompt), .. Planner.OptionProblems(content.Options)];
        if (problems.Length > 0)
            throw new InvalidRequestException(problems);
        var parts = content.CheckedSpeakers();

        var prepared = await inputs.PrepareAsync(received, user, cancellationToken);
        var speakers = parts.Select((part, index) =>
            new SpeakerRequest(prepared.Voices.GetValueOrDefault(SubmissionContent.VoiceField(index)), part.Text, part.TtsVoice, part.Box));
        var plan = Planner.Plan(new GenerationRequest(content.Prompt, prepared.Picture, [.. speakers], content.Options), jobs.Value.DefaultEngine);
        return ((await store.FleetAsync()).Fit(plan), prepared.Files);
    }
}

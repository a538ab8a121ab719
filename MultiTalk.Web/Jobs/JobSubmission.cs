using System.Diagnostics;
using Microsoft.Extensions.Options;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.GpuRunner.Media;
using MultiTalk.Web.Media;
using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

/// <summary>From an upload to a queued job: everything is checked before anything is queued.</summary>
public sealed class JobSubmission(
    JobStore store, DiskMediaStore media, IOptions<JobsOptions> jobs, IOptions<MediaOptions> limits)
{
    private readonly KeyedLock _keys = new();

    /// <summary>Accepts a multipart submission.</summary>
    /// <param name="request">The upload.</param>
    /// <param name="owner">Whose job it will be.</param>
    /// <param name="key">What the client calls this submission; null if it does not.</param>
    /// <param name="cancellationToken">Ends the upload; nothing stays.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="InvalidRequestException">It can never run as it stands; nothing was queued or kept.</exception>
    /// <exception cref="UploadTooLargeException">A file is too large; nothing was queued or kept.</exception>
    public async Task<Submission> AcceptAsync(HttpRequest request, string owner, string? key, CancellationToken cancellationToken)
    {
        using var incoming = media.NewIncoming();
        var form = await SubmissionForm.ReadAsync(request, incoming, limits.Value, cancellationToken);
        return await OnceAsync(owner, key, form.Hash, async known =>
        {
            var plan = await PlanAsync(form, incoming, cancellationToken);
            var inputs = new List<InputFile>();
            foreach (var name in form.Voices.Select(voice => voice + ".wav").Prepend(ColabLayout.Picture))
                inputs.Add(await incoming.DescribeAsync(name, cancellationToken));
            foreach (var field in form.Voices.Prepend("image"))
                File.Delete(incoming.File(SubmissionForm.UploadName(field)));
            return await KeepAsync(incoming, new(JobStore.NewId(), owner, new JobRequest(form.Prompt, form.Options(), plan, inputs)) { Key = known });
        }, cancellationToken);
    }

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
            using var incoming = media.NewIncoming();
            await media.CopyAsync(job.Id, job.Request.Inputs.Select(input => input.Name), incoming, cancellationToken);
            var request = newSeed ? job.Request.WithNewSeed() : job.Request;
            var plan = (await store.FleetAsync()).Fit(request.Plan);
            return await KeepAsync(incoming, new(JobStore.NewId(), owner, request with { Plan = plan }) { RetryOf = job.Id, Priority = Math.Min(job.Priority, 0), Key = known });
        }, cancellationToken);

    /// <summary>Says what a submission would do and cost. Nothing is queued or kept.</summary>
    /// <param name="request">The upload, the same as for <see cref="AcceptAsync"/>.</param>
    /// <param name="cancellationToken">Ends the upload.</param>
    /// <exception cref="InvalidRequestException">It could never run as it stands.</exception>
    /// <exception cref="UploadTooLargeException">A file is too large.</exception>
    public async Task<GenerationPlan> PlanAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var incoming = media.NewIncoming();
        return await PlanAsync(await SubmissionForm.ReadAsync(request, incoming, limits.Value, cancellationToken), incoming, cancellationToken);
    }

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

    private async Task<Submission> KeepAsync(DiskMediaStore.Incoming incoming, NewJob job)
    {
        incoming.Keep(job.Id);
        Submission submission;
        try
        {
            submission = await store.SubmitAsync(job with { TraceParent = Activity.Current?.Id });
        }
        catch (RedisServerException)
        {
            // Refused for certain. After a lost connection the job may have been stored, so its files stay.
            media.Delete(job.Id);
            throw;
        }

        if (submission.Outcome != SubmissionOutcome.Accepted)
            media.Delete(job.Id);
        return submission;
    }

    private async Task<GenerationPlan> PlanAsync(SubmissionForm form, DiskMediaStore.Incoming incoming, CancellationToken cancellationToken)
    {
        // What costs nothing to check comes first.
        var options = form.Options();
        RequestProblem[] problems = [.. form.Missing(), .. Planner.PromptProblems(form.Prompt), .. Planner.OptionProblems(options)];
        if (problems.Length > 0)
            throw new InvalidRequestException(problems);

        var parts = form.Speakers();
        var picture = await PictureNormalizer.NormalizeAsync(
            incoming.File(SubmissionForm.UploadName("image")), "image", incoming.File(ColabLayout.Picture), cancellationToken);
        var speakers = new List<SpeakerRequest>();
        foreach (var (index, part) in parts.Index())
        {
            var name = FormattableString.Invariant($"voice{index + 1}");
            var voice = form.Voices.Contains(name)
                ? await VoiceNormalizer.NormalizeAsync(incoming.File(SubmissionForm.UploadName(name)), name, incoming.File(name + ".wav"), cancellationToken)
                : null;
            speakers.Add(new(voice, part.Text, part.TtsVoice, part.Box));
        }

        var plan = Planner.Plan(new GenerationRequest(form.Prompt, picture, speakers, options), jobs.Value.DefaultEngine);
        return (await store.FleetAsync()).Fit(plan);
    }
}

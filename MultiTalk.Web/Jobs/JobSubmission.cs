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
    /// <summary>Accepts a multipart submission.</summary>
    /// <param name="request">The upload.</param>
    /// <param name="owner">Whose job it will be.</param>
    /// <param name="cancellationToken">Ends the upload; nothing stays.</param>
    /// <returns>The job, queued.</returns>
    /// <exception cref="InvalidRequestException">It can never run as it stands; nothing was queued or kept.</exception>
    /// <exception cref="UploadTooLargeException">A file is too large; nothing was queued or kept.</exception>
    public async Task<Job> AcceptAsync(HttpRequest request, string owner, CancellationToken cancellationToken)
    {
        using var incoming = media.NewIncoming();
        var (prompt, options, plan, voices) = await PrepareAsync(request, incoming, cancellationToken);
        var inputs = new List<InputFile>();
        foreach (var name in voices.Select(voice => voice + ".wav").Prepend(ColabLayout.Picture))
            inputs.Add(await incoming.DescribeAsync(name, cancellationToken));
        foreach (var field in voices.Prepend("image"))
            File.Delete(incoming.File(SubmissionForm.UploadName(field)));

        var id = JobStore.NewId();
        incoming.Keep(id);
        try
        {
            await store.SubmitAsync(id, owner, new JobRequest(prompt, options, plan, inputs), Activity.Current?.Id);
        }
        catch (RedisServerException)
        {
            // Refused for certain. After a lost connection the job may have been stored, so its files stay.
            media.Delete(id);
            throw;
        }

        return await store.FindAsync(id) ?? throw new InvalidOperationException($"The job {id} was accepted and is gone. Does Redis evict keys? Set maxmemory-policy to noeviction.");
    }

    /// <summary>Says what a submission would do and cost. Nothing is queued or kept.</summary>
    /// <param name="request">The upload, the same as for <see cref="AcceptAsync"/>.</param>
    /// <param name="cancellationToken">Ends the upload.</param>
    /// <exception cref="InvalidRequestException">It could never run as it stands.</exception>
    /// <exception cref="UploadTooLargeException">A file is too large.</exception>
    public async Task<GenerationPlan> PlanAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var incoming = media.NewIncoming();
        return (await PrepareAsync(request, incoming, cancellationToken)).Plan;
    }

    private async Task<(string Prompt, GenerationOptions Options, GenerationPlan Plan, IReadOnlyList<string> Voices)> PrepareAsync(
        HttpRequest request, DiskMediaStore.Incoming incoming, CancellationToken cancellationToken)
    {
        var form = await SubmissionForm.ReadAsync(request, incoming, limits.Value, cancellationToken);

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
        return (form.Prompt, options, (await store.FleetAsync()).Fit(plan), form.Voices);
    }
}

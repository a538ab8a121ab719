using System.Diagnostics;
using Microsoft.Extensions.Options;
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
        var form = await SubmissionForm.ReadAsync(request, incoming, limits.Value, cancellationToken);

        // What costs nothing to check comes first.
        var options = form.Options();
        RequestProblem[] problems =
        [
            .. form.Missing(), .. Planner.PromptProblems(form.Prompt), .. Planner.OptionProblems(options, form.Voices.Count),
        ];
        if (problems.Length > 0)
            throw new InvalidRequestException(problems);

        var picture = await PictureNormalizer.NormalizeAsync(
            incoming.File(SubmissionForm.UploadName("image")), "image", incoming.File("image.png"), cancellationToken);
        var voices = new List<VoiceFacts>();
        foreach (var voice in form.Voices)
        {
            voices.Add(await VoiceNormalizer.NormalizeAsync(
                incoming.File(SubmissionForm.UploadName(voice)), voice, incoming.File(voice + ".wav"), cancellationToken));
        }

        var plan = Planner.Plan(new GenerationRequest(form.Prompt, picture, voices, options), jobs.Value.DefaultEngine);
        string[] names = ["image.png", .. form.Voices.Select(voice => voice + ".wav")];
        var inputs = new List<InputFile>();
        foreach (var name in names)
            inputs.Add(await incoming.DescribeAsync(name, cancellationToken));
        foreach (var field in form.Voices.Prepend("image"))
            File.Delete(incoming.File(SubmissionForm.UploadName(field)));

        var id = JobStore.NewId();
        incoming.Keep(id);
        try
        {
            await store.SubmitAsync(id, owner, new JobRequest(form.Prompt, options, plan, inputs), Activity.Current?.Id);
        }
        catch (RedisServerException)
        {
            // Refused for certain. After a lost connection the job may have been stored, so its files stay.
            media.Delete(id);
            throw;
        }

        return await store.FindAsync(id) ?? throw new InvalidOperationException($"The job {id} was accepted and is gone. Does Redis evict keys? Set maxmemory-policy to noeviction.");
    }
}

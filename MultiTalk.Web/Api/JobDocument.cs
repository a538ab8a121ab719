using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Api;

/// <summary>One speaker of a job.</summary>
/// <param name="Voice">The name of the voice among the job's inputs; null for spoken text, and for a person who says nothing.</param>
/// <param name="Text">What a machine speaks for this person.</param>
/// <param name="TtsVoice">The voice in which it does.</param>
/// <param name="Box">Where the person is in the picture.</param>
public sealed record Speaker(string? Voice = null, string? Text = null, string? TtsVoice = null, Box? Box = null);

/// <summary>A job as the API shows it.</summary>
public sealed record JobDocument
{
    /// <summary>The job's id.</summary>
    public required string Id { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required JobState State { get; init; }

    /// <summary>What a running job is doing.</summary>
    public Phase? Phase { get; init; }

    /// <summary>What a queued job lacks, in words; null if a runner for it is alive.</summary>
    public string? WaitingFor { get; init; }

    /// <summary>From −10 to 10; higher ones are run first.</summary>
    public required int Priority { get; init; }

    /// <summary>Which one it is in the queue, from 1; not in lists.</summary>
    public long? Position { get; init; }

    /// <summary>The job that this one repeats.</summary>
    public string? RetryOf { get; init; }

    /// <summary>0 to 100.</summary>
    public required double Percent { get; init; }

    /// <summary>The segment in work, from 1.</summary>
    public int Segment { get; init; }

    /// <summary>How many segments there are.</summary>
    public required int Segments { get; init; }

    /// <summary>Seconds until the end, as far as can be told.</summary>
    public double? EtaSeconds { get; init; }

    /// <summary>Finished steps of the segment.</summary>
    public int? Step { get; init; }

    /// <summary>For how many seconds the script has shown nothing new; only from 10 on.</summary>
    public double? QuietSeconds { get; init; }

    /// <summary>How many seconds of that are usual; null if that is not known.</summary>
    public double? UsualSeconds { get; init; }

    /// <summary><c>multitalk</c> or <c>preview</c>.</summary>
    public required string Engine { get; init; }

    /// <summary>The text of the scene.</summary>
    public required string Prompt { get; init; }

    /// <summary>One or two.</summary>
    public required IReadOnlyList<Speaker> Speakers { get; init; }

    /// <summary>How two voices are joined.</summary>
    public string? AudioType { get; init; }

    /// <summary>What the user chose.</summary>
    public required GenerationOptions Options { get; init; }

    /// <summary>What it does.</summary>
    public required GenerationPlan Plan { get; init; }

    /// <summary>The parity report of the runner that claimed it last; not in lists.</summary>
    public IReadOnlyList<ParityCheck>? Parity { get; init; }

    /// <summary>The last attempts, oldest first.</summary>
    public required IReadOnlyList<JobAttempt> Attempts { get; init; }

    /// <summary>The runner that holds it or finished it.</summary>
    public string? Runner { get; init; }

    /// <summary>Who submitted it.</summary>
    public required string Owner { get; init; }

    /// <summary>Whether everybody who may read may see it.</summary>
    public bool Shared { get; init; }

    /// <summary>When it was accepted.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was first claimed.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The seed, also if it was drawn.</summary>
    public required long Seed { get; init; }

    /// <summary>Why it failed.</summary>
    public JobError? Error { get; init; }

    /// <summary>What it made.</summary>
    public VideoFacts? Video { get; init; }

    /// <summary>Shows a job.</summary>
    /// <param name="job">The job.</param>
    /// <param name="fleet">The runners that are alive.</param>
    public static JobDocument Of(Job job, Fleet fleet)
    {
        var plan = job.Plan;
        return new JobDocument
        {
            Id = job.Id,
            State = job.State,
            Phase = job.State == JobState.Running ? job.Progress?.Phase ?? GpuRunner.Contracts.Phase.Preparing : null,
            WaitingFor = job.State == JobState.Queued ? fleet.LackFor(plan) : null,
            Percent = job.State == JobState.Succeeded ? 100 : Math.Round(job.Progress?.Percent ?? 0, 1),
            Segment = job.Progress?.Segment ?? 0,
            Segments = plan.Segments,
            EtaSeconds = job is { State: JobState.Running, Progress.EtaSeconds: { } eta } ? Math.Round(eta, 1) : null,
            Priority = job.Priority,
            RetryOf = job.RetryOf,
            Step = job is { State: JobState.Running, Progress: { } progress } ? progress.Step : null,
            QuietSeconds = job.State == JobState.Running ? job.Progress?.QuietSeconds : null,
            UsualSeconds = job.State == JobState.Running ? job.Progress?.UsualSeconds : null,
            Engine = plan.Engine,
            Prompt = job.Request.Prompt,
            Speakers = [.. plan.Speakers.Select((speaker, index) =>
                new Speaker(speaker.Samples is null ? null : ColabLayout.Voice(index + 1), speaker.Text, speaker.TtsVoice, speaker.Box))],
            AudioType = plan.AudioType,
            Options = job.Request.Options,
            Plan = plan,
            Parity = job.Parity.Count == 0 ? null : job.Parity,
            Attempts = job.Attempts,
            Runner = job.Runner,
            Owner = job.Owner,
            Shared = job.Shared,
            CreatedAt = job.CreatedAt,
            StartedAt = job.StartedAt,
            FinishedAt = job.FinishedAt,
            Seed = plan.Seed,
            Error = job.Error,
            Video = job.Video,
        };
    }
}

/// <summary>A page of jobs, newest first.</summary>
/// <param name="Items">The jobs.</param>
/// <param name="Next">The cursor of the next page; null on the last.</param>
public sealed record JobPage(IReadOnlyList<JobDocument> Items, string? Next);

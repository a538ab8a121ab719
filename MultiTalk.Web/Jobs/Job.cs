using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Web.Jobs;

/// <summary>The states of a job. The last three are final.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(CamelCaseEnumConverter<JobState>))]
public enum JobState
{
    /// <summary>Waits for a runner.</summary>
    Queued,

    /// <summary>A runner holds it.</summary>
    Running,

    /// <summary>There is a video.</summary>
    Succeeded,

    /// <summary>There is an error.</summary>
    Failed,

    /// <summary>Somebody did not want it any more.</summary>
    Canceled,
}

/// <summary>What of a job never changes.</summary>
/// <param name="Prompt">The text of the scene.</param>
/// <param name="Options">What the user chose.</param>
/// <param name="Plan">What it will do, as the first runner that could do it then would have.</param>
/// <param name="Inputs">Its files in the media store: the picture first, then the voices.</param>
public sealed record JobRequest(string Prompt, GenerationOptions Options, GenerationPlan Plan, IReadOnlyList<InputFile> Inputs)
{
    /// <summary>The same but for its seed.</summary>
    public JobRequest WithNewSeed()
    {
        var plan = Planner.WithNewSeed(Plan);
        return this with { Plan = plan, Options = Options with { Seed = plan.Seed } };
    }
}

/// <summary>One execution of a job by one runner.</summary>
/// <param name="Number">Rises with every claim.</param>
/// <param name="Runner">The runner's id.</param>
/// <param name="StartedAt">When it was claimed.</param>
/// <param name="FinishedAt">When it ended; null while it runs.</param>
/// <param name="Outcome"><c>succeeded</c>, <c>failed</c>, <c>lost</c>, <c>released</c> or <c>canceled</c>; null while it runs.</param>
/// <param name="Error">Why it failed.</param>
public sealed record JobAttempt(
    int Number, string Runner, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt = null, string? Outcome = null, JobError? Error = null);

/// <summary>A job as it stands on Redis.</summary>
public sealed record Job
{
    /// <summary>32 lower-case hexadecimal digits that rise with time.</summary>
    public required string Id { get; init; }

    /// <summary>The number of the last thing that happened to it.</summary>
    public required long Sequence { get; init; }

    /// <summary>From −10 to 10; higher ones are run first.</summary>
    public int Priority { get; init; }

    /// <summary>Whether everybody who may read may see it.</summary>
    public bool Shared { get; init; }

    /// <summary>The job that this one repeats.</summary>
    public string? RetryOf { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required JobState State { get; init; }

    /// <summary>Who submitted it.</summary>
    public required string Owner { get; init; }

    /// <summary>What was asked for.</summary>
    public required JobRequest Request { get; init; }

    /// <summary>What it does: as it was accepted, and from the first claim on, as its runner runs it.</summary>
    public required GenerationPlan Plan { get; init; }

    /// <summary>The parity report of the runner that claimed it last; nothing before.</summary>
    public IReadOnlyList<ParityCheck> Parity { get; init; } = [];

    /// <summary>The number of the last attempt; 0 before the first.</summary>
    public required int Attempt { get; init; }

    /// <summary>The runner that holds it or finished it.</summary>
    public string? Runner { get; init; }

    /// <summary>How far it is while it runs.</summary>
    public GenerationProgress? Progress { get; init; }

    /// <summary>W3C trace context of its submission.</summary>
    public string? TraceParent { get; init; }

    /// <summary>When it was accepted, by Redis' clock.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was first claimed.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The last attempts, oldest first.</summary>
    public required IReadOnlyList<JobAttempt> Attempts { get; init; }

    /// <summary>Why it failed.</summary>
    public JobError? Error { get; init; }

    /// <summary>What it made.</summary>
    public VideoFacts? Video { get; init; }

    /// <summary>The attempt that holds it, or did last; null before the first.</summary>
    public Holder? Holder => Runner is null ? null : new(Id, Attempt, Runner);

    /// <summary>Whether the state is final.</summary>
    public bool Ended => State is JobState.Succeeded or JobState.Failed or JobState.Canceled;
}

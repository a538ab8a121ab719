using System.Runtime.CompilerServices;
using System.Text.Json;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Api;

/// <summary>
/// What an event tells of a job: the fields of <see cref="JobDocument"/> that it is about, and when it happened.
/// </summary>
/// <param name="Id">The job's id.</param>
/// <param name="At">When it happened.</param>
/// <param name="Attempt">The attempt that it is about, or the last one; 0 before the first.</param>
/// <param name="State">Where the job is in its life now.</param>
public sealed record JobChange(string Id, DateTimeOffset At, int Attempt, JobState State)
{
    // One text for all who watch.
    private static readonly ConditionalWeakTable<JobEvent, string> _texts = [];

    /// <summary>What it is doing.</summary>
    public Phase? Phase { get; init; }

    /// <summary>0 to 100.</summary>
    public double? Percent { get; init; }

    /// <summary>The segment in work, from 1.</summary>
    public int? Segment { get; init; }

    /// <summary>How many segments there are.</summary>
    public int? Segments { get; init; }

    /// <summary>Seconds until the end, as far as can be told.</summary>
    public double? EtaSeconds { get; init; }

    /// <summary>Finished steps of the segment.</summary>
    public int? Step { get; init; }

    /// <summary>Why the job failed.</summary>
    public JobError? Error { get; init; }

    /// <summary>Why the attempt failed after which the job is tried again.</summary>
    public JobError? LastError { get; init; }

    /// <summary>What it made.</summary>
    public VideoFacts? Video { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Whether everybody who may read may see it.</summary>
    public bool? Shared { get; init; }

    /// <summary>An event as the API tells it, written once however many watch.</summary>
    internal static string Json(JobEvent happened, JsonSerializerOptions json) =>
        _texts.GetValue(happened, told => JsonSerializer.Serialize(Of(told), json));

    /// <summary>Several events of a job, oldest first, as one: the latest word on each field.</summary>
    internal static string Json(IReadOnlyList<JobEvent> happened, JsonSerializerOptions json) =>
        happened is [var only] ? Json(only, json) : JsonSerializer.Serialize(happened.Select(Of).Aggregate((first, then) => first.And(then)), json);

    private JobChange And(JobChange then) => then with
    {
        Phase = then.State == JobState.Running ? then.Phase ?? Phase : null,
        Percent = then.Percent ?? Percent,
        Segment = then.Segment ?? Segment,
        Segments = then.Segments ?? Segments,
        EtaSeconds = then.State == JobState.Running ? then.EtaSeconds ?? EtaSeconds : null,
        Step = then.State == JobState.Running ? then.Step ?? Step : null,
        Error = then.Error ?? Error,
        LastError = then.LastError ?? LastError,
        Video = then.Video ?? Video,
        FinishedAt = then.FinishedAt ?? FinishedAt,
        Shared = then.Shared ?? Shared,
    };

    private static JobChange Of(JobEvent happened)
    {
        var shared = happened.Kind is JobEvent.Shared or JobEvent.Unshared;
        var change = new JobChange(happened.Job, happened.At, happened.Attempt, happened.State) { FinishedAt = happened.IsLast && !shared ? happened.At : null };
        return happened.Kind switch
        {
            JobEvent.Progress when JsonSerializer.Deserialize(happened.Data, ContractsJson.Default.GenerationProgress) is { } progress => change with
            {
                Phase = progress.Phase,
                Percent = Math.Round(progress.Percent, 1),
                Segment = progress.Segment,
                Segments = progress.Segments,
                EtaSeconds = progress.EtaSeconds is { } eta ? Math.Round(eta, 1) : null,
                Step = progress.Step,
            },
            JobEvent.Claimed => change with { Phase = GpuRunner.Contracts.Phase.Preparing, Percent = 0 },
            JobEvent.Succeeded => change with { Percent = 100, Video = JsonSerializer.Deserialize(happened.Data, ContractsJson.Default.VideoFacts) },
            JobEvent.Queued => change with { Percent = 0, Segment = 0, LastError = JsonSerializer.Deserialize(happened.Data, ContractsJson.Default.JobError) },
            JobEvent.Failed => change with { Error = JsonSerializer.Deserialize(happened.Data, ContractsJson.Default.JobError) },
            _ when shared => change with { Shared = happened.Kind == JobEvent.Shared },
            _ => change,
        };
    }
}

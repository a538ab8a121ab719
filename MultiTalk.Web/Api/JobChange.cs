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

    /// <summary>An event as the API tells it, written once however many watch.</summary>
    internal static string Json(JobEvent happened, JsonSerializerOptions json) =>
        _texts.GetValue(happened, told => JsonSerializer.Serialize(Of(told), json));

    private static JobChange Of(JobEvent happened)
    {
        var change = new JobChange(happened.Job, happened.At, happened.Attempt, StateAfter(happened.Kind)) { FinishedAt = happened.IsLast ? happened.At : null };
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
            _ => change,
        };
    }

    private static JobState StateAfter(string kind) => kind switch
    {
        JobEvent.Queued => JobState.Queued,
        JobEvent.Succeeded => JobState.Succeeded,
        JobEvent.Failed => JobState.Failed,
        JobEvent.Canceled => JobState.Canceled,
        _ => JobState.Running,
    };
}

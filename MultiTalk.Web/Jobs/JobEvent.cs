using System.Globalization;

namespace MultiTalk.Web.Jobs;

/// <summary>Something that happened to a job, or to the queue as a whole.</summary>
/// <param name="Job">The job's id; <see cref="Nobody"/> for the queue.</param>
/// <param name="Sequence">Counts what happened to the job, from 1, without a gap.</param>
/// <param name="At">When, by Redis' clock.</param>
/// <param name="Kind">What: one of the constants here.</param>
/// <param name="Attempt">The attempt that it is about, or the last one; 0 before the first.</param>
/// <param name="Data">What there is to say of it, as JSON: progress, an error, a video or <c>null</c>.</param>
public sealed record JobEvent(string Job, long Sequence, DateTimeOffset At, string Kind, int Attempt, string Data)
{
    /// <summary>It waits: it was submitted, moved, put back, or is tried again after the error that the data holds.</summary>
    public const string Queued = "queued";

    /// <summary>A runner took it.</summary>
    public const string Claimed = "claimed";

    /// <summary>It went on; the data is a <see cref="GpuRunner.Contracts.GenerationProgress"/>.</summary>
    public const string Progress = "progress";

    /// <summary>There is a video; the data is a <see cref="GpuRunner.Contracts.VideoFacts"/>.</summary>
    public const string Succeeded = "succeeded";

    /// <summary>It failed for good; the data is a <see cref="GpuRunner.Contracts.JobError"/>.</summary>
    public const string Failed = "failed";

    /// <summary>Somebody did not want it any more.</summary>
    public const string Canceled = "canceled";

    /// <summary>Everybody who may read sees it now; the data is its state.</summary>
    public const string Shared = "shared";

    /// <summary>It is shown to others no longer; the data is its state.</summary>
    public const string Unshared = "unshared";

    /// <summary>Nothing is handed out any more.</summary>
    public const string Paused = "paused";

    /// <summary>Jobs are handed out again, to everybody or to a runner that was drained.</summary>
    public const string Resumed = "resumed";

    /// <summary>A runner came, went, is drained or no longer drained.</summary>
    public const string Runners = "runners";

    /// <summary>In place of a job, an owner and a class.</summary>
    public const string Nobody = "-";

    /// <summary>Whose job it is.</summary>
    public string Owner { get; init; } = Nobody;

    /// <summary>The name of the job's class.</summary>
    public string Class { get; init; } = Nobody;

    /// <summary>What was asked for, if this process has just been asked: it need not be read back from Redis.</summary>
    internal JobRequest? Request { get; init; }

    /// <summary>Where the job is in its life after this.</summary>
    public JobState State => Kind switch
    {
        Queued => JobState.Queued,
        Succeeded => JobState.Succeeded,
        Failed => JobState.Failed,
        Canceled => JobState.Canceled,
        Shared or Unshared => Enum.Parse<JobState>(Data.Trim('"'), ignoreCase: true),
        _ => JobState.Running,
    };

    /// <summary>Whether the job has ended after this; it may still be shared, and nothing else happens to it.</summary>
    public bool IsLast => State is JobState.Succeeded or JobState.Failed or JobState.Canceled;

    /// <summary>Reads what <c>common.lua</c> keeps of a job.</summary>
    public static JobEvent Kept(string job, string text) => text.Split(' ', 5) is [var sequence, var at, var kind, var attempt, var data]
        ? new(job, Number(sequence), DateTimeOffset.FromUnixTimeMilliseconds(Number(at)), kind, (int)Number(attempt), data)
        : throw new FormatException($"\"{text}\" is no event. Something else than MultiTalk wrote it.");

    /// <summary>Reads what <c>common.lua</c> publishes.</summary>
    public static JobEvent Published(string text) => text.Split(' ', 4) is [var job, var owner, var name, var kept]
        ? Kept(job, kept) with { Owner = Uri.UnescapeDataString(owner), Class = name }
        : throw new FormatException($"\"{text}\" is no event. Something else than MultiTalk wrote it.");

    /// <summary>What is published about the queue as a whole.</summary>
    public static string Announcement(string kind) => $"{Nobody} {Nobody} {Nobody} 0 0 {kind} 0 null";

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}

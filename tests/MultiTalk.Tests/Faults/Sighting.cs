using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Faults;

/// <summary>What one server-sent event said of a job.</summary>
/// <param name="Job">The job's id.</param>
/// <param name="Number">The event's sequence number; 0 if it had none.</param>
/// <param name="Kind">Its type.</param>
/// <param name="State">Where the job was then.</param>
/// <param name="Attempt">The number of its last attempt then; 0 before the first.</param>
/// <param name="FinishedAt">When it had ended.</param>
/// <param name="Sha256">Of its video.</param>
/// <param name="Document">All of the job, in a snapshot.</param>
internal sealed record Sighting(
    string Job, long Number, string Kind, JobState State, int Attempt, DateTimeOffset? FinishedAt, string? Sha256, JobDocument? Document = null)
{
    /// <summary>The type of an event that shows the job as it stands, first or in place of events that were missed.</summary>
    public const string Snapshot = "snapshot";

    /// <summary>Whether nothing may come after it.</summary>
    public bool Ended => State is JobState.Succeeded or JobState.Failed or JobState.Canceled;

    /// <summary>What every observer has to be told alike.</summary>
    public (JobState, int, DateTimeOffset?, string?) Truth => (State, Attempt, FinishedAt, Sha256);

    /// <summary>Reads an event.</summary>
    public static Sighting Of(SseItem<string> item)
    {
        var number = long.TryParse(item.EventId, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0;
        if (item.EventType == Snapshot)
        {
            var job = JsonSerializer.Deserialize<JobDocument>(item.Data, JsonSerializerOptions.Web)!;
            return new(job.Id, number, item.EventType, job.State, job.Attempts.Count, job.FinishedAt, job.Video?.Sha256, job);
        }

        var change = JsonSerializer.Deserialize<JobChange>(item.Data, JsonSerializerOptions.Web)!;
        return new(change.Id, number, item.EventType, change.State, change.Attempt, change.FinishedAt, change.Video?.Sha256);
    }

    /// <summary>Whether this may be the very next that happens after an earlier one.</summary>
    public bool MayFollow(Sighting earlier) => State switch
    {
        _ when earlier.Ended => false,
        // A claim: nobody held it, and the number rises.
        JobState.Running when earlier.State == JobState.Queued => Attempt == earlier.Attempt + 1,
        // Work is only reported, and ended, by whoever holds it; a queued job is moved or canceled.
        JobState.Running or JobState.Succeeded or JobState.Failed => earlier.State == JobState.Running && Attempt == earlier.Attempt,
        _ => Attempt == earlier.Attempt,
    };
}

using System.ComponentModel.DataAnnotations;

namespace MultiTalk.Web.Access;

/// <summary>How much an owner may do with a key. 0 is no limit; what is null is as <see cref="AccessOptions.Limits"/> says.</summary>
public sealed record Limits
{
    /// <summary>Submissions a minute; as many may come at once.</summary>
    [Range(0, 60_000)]
    public int? SubmissionsAMinute { get; init; }

    /// <summary>Jobs of one engine that wait.</summary>
    [Range(0, 1_000_000)]
    public int? QueuedJobs { get; init; }

    /// <summary>Bytes uploaded a day (UTC).</summary>
    [Range(0, long.MaxValue)]
    public long? UploadBytesADay { get; init; }

    /// <summary>Minutes a day (UTC) in which a graphics card works, counted for each card. Once they are used up nothing more is accepted; what is queued still runs.</summary>
    [Range(0, 10_000_000)]
    public int? GpuMinutesADay { get; init; }

    /// <summary>Whether they can be limits at all.</summary>
    internal bool AreSound => Validator.TryValidateObject(this, new(this), null, validateAllProperties: true);

    /// <summary>These, and the others where these say nothing.</summary>
    internal Limits Over(Limits others) => new()
    {
        SubmissionsAMinute = SubmissionsAMinute ?? others.SubmissionsAMinute,
        QueuedJobs = QueuedJobs ?? others.QueuedJobs,
        UploadBytesADay = UploadBytesADay ?? others.UploadBytesADay,
        GpuMinutesADay = GpuMinutesADay ?? others.GpuMinutesADay,
    };

    /// <summary>Whether none of them is wider than the other's.</summary>
    internal bool AreWithin(Limits others) =>
        IsWithin(SubmissionsAMinute, others.SubmissionsAMinute) && IsWithin(QueuedJobs, others.QueuedJobs)
        && IsWithin(UploadBytesADay, others.UploadBytesADay) && IsWithin(GpuMinutesADay, others.GpuMinutesADay);

    private static bool IsWithin(long? one, long? other) => other is null or 0 || (one is > 0 && one <= other);
}

using System.ComponentModel.DataAnnotations;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Web.Jobs;

/// <summary>The settings of the queue, section <c>Jobs</c>.</summary>
public sealed class JobsOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Jobs";

    /// <summary>The engine of a request that names none. The embedded default sets it to <c>preview</c>.</summary>
    [AllowedValues(Engine.MultiTalk, Engine.Preview)]
    public string DefaultEngine { get; set; } = Engine.MultiTalk;

    /// <summary>How long a runner holds a job without a heartbeat.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(90);

    /// <summary>How long a claim waits for a job before it is answered empty; a runner waits 40 s for the answer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:30")]
    public TimeSpan ClaimPoll { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>A runner that was not seen for this long is offline; three missed polls.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan OfflineAfter { get; set; } = TimeSpan.FromSeconds(75);

    /// <summary>How often expired leases are looked for.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Attempts that ended in an error or a lost lease, after which a job has failed.</summary>
    [Range(1, 100)]
    public int MaxFailures { get; set; } = 3;

    /// <summary>Lines of output kept a job.</summary>
    [Range(1, 100_000)]
    public int LogLines { get; set; } = 1_000;

    /// <summary>A longer time without a look at the leases was an outage, in which no heartbeat could arrive: leases are extended by it. At least twice <see cref="SweepEvery"/>.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan SweepGap { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a job that ended is kept, with its media.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long a runner that was not seen is listed.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan ForgetRunners { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long a repeated <c>Idempotency-Key</c> finds its job.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan IdempotencyKeys { get; set; } = TimeSpan.FromDays(1);
}

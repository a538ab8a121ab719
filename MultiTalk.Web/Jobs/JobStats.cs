using System.Text.Json.Serialization;
using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.Web.Jobs;

/// <summary>Of how long the statistics tell.</summary>
public enum StatsWindow
{
    /// <summary>The last hour, by whole minutes and this one.</summary>
    Hour,

    /// <summary>The last day, by whole hours and this one.</summary>
    Day,

    /// <summary>The last seven days, by whole hours and this one.</summary>
    Week,
}

/// <summary>What a runner does.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<RunnerState>))]
public enum RunnerState
{
    /// <summary>It waits for a job.</summary>
    Idle,

    /// <summary>It works.</summary>
    Busy,

    /// <summary>It is to have no more jobs.</summary>
    Draining,

    /// <summary>Something keeps it from working.</summary>
    Blocked,

    /// <summary>It was not seen for a while.</summary>
    Offline,
}

/// <summary>Times in seconds, right within a tenth.</summary>
/// <param name="P50">Half of them took no longer.</param>
/// <param name="P95">Nineteen of twenty took no longer.</param>
public sealed record Quantiles(double P50, double P95);

/// <summary>An engine, now and in the time of which the statistics tell.</summary>
/// <param name="Engine">Its name.</param>
/// <param name="Queued">How many jobs wait now.</param>
/// <param name="Running">How many run now.</param>
/// <param name="OldestSeconds">How long ago the oldest of those that wait was submitted; null if none waits.</param>
/// <param name="Succeeded">Jobs that ended so.</param>
/// <param name="Failed">Jobs that ended so.</param>
/// <param name="Canceled">Jobs that ended so.</param>
/// <param name="PerHour">Videos an hour.</param>
/// <param name="SuccessRate">0 to 1, of those that were not canceled; null if none ended.</param>
/// <param name="WaitSeconds">From the submission to the first attempt, of jobs that ended.</param>
/// <param name="RunSeconds">The last attempt of jobs that succeeded.</param>
public sealed record EngineStats(
    string Engine, long Queued, long Running, double? OldestSeconds, long Succeeded, long Failed, long Canceled, double PerHour, double? SuccessRate,
    Quantiles? WaitSeconds, Quantiles? RunSeconds);

/// <summary>How queue and fleet do.</summary>
/// <param name="Since">From when on things were counted.</param>
/// <param name="At">When this was read, by Redis' clock.</param>
/// <param name="Engines">Every engine with jobs, by name.</param>
/// <param name="Failures">Attempts that failed, by the code of their error.</param>
/// <param name="GpuHours">Hours of graphics cards that ended attempts took, by the owner of the job.</param>
/// <param name="Runners">How many runners are in which state.</param>
public sealed record JobStats(
    DateTimeOffset Since, DateTimeOffset At, IReadOnlyList<EngineStats> Engines, IReadOnlyDictionary<string, long> Failures,
    IReadOnlyDictionary<string, double> GpuHours, IReadOnlyDictionary<RunnerState, int> Runners);

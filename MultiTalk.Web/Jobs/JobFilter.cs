using System.Globalization;

namespace MultiTalk.Web.Jobs;

/// <summary>Which jobs are listed; what is null is not asked for.</summary>
/// <param name="Owner">Who submitted them.</param>
/// <param name="State">Where they are in their life.</param>
/// <param name="Engine">What runs them.</param>
/// <param name="Shared">Whether only those that are shared.</param>
/// <param name="RetryOf">The job that they repeat.</param>
/// <param name="Since">They were submitted then or later, by the clock of the Web that took them.</param>
/// <param name="Until">They were submitted before.</param>
public sealed record JobFilter(string? Owner = null, JobState? State = null, string? Engine = null, bool Shared = false, string? RetryOf = null, DateTimeOffset? Since = null, DateTimeOffset? Until = null)
{
    /// <summary>Whether every job in the index of <see cref="Owner"/>, or of all, is asked for; otherwise each has to be looked at.</summary>
    internal bool TakesAll => this is { State: null, Engine: null, RetryOf: null } and ({ Shared: false } or { Owner: null });

    /// <summary>The lowest id that may be listed; null for any.</summary>
    internal string? First => FirstIdOf(Since);

    /// <summary>The lowest id that may no longer be listed; null for none.</summary>
    internal string? End => FirstIdOf(Until);

    // The first 48 bits of an id are milliseconds since 1970 (UUID version 7, RFC 9562).
    private static string? FirstIdOf(DateTimeOffset? time) =>
        time is { } at ? Math.Max(at.ToUnixTimeMilliseconds(), 0).ToString("x12", CultureInfo.InvariantCulture) + new string('0', 20) : null;
}

namespace MultiTalk.Web.Jobs;

/// <summary>Which jobs are listed; what is null is not asked for.</summary>
/// <param name="Owner">Who submitted them.</param>
/// <param name="State">Where they are in their life.</param>
/// <param name="Engine">What runs them.</param>
public sealed record JobFilter(string? Owner = null, JobState? State = null, string? Engine = null)
{
    /// <summary>Whether every job in the index of <see cref="Owner"/>, or of all, is asked for; otherwise each has to be looked at.</summary>
    internal bool TakesAll => this is { State: null, Engine: null };
}

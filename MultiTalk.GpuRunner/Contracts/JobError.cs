namespace MultiTalk.GpuRunner.Contracts;

/// <summary>Why a job or an attempt failed, for people and for programs.</summary>
/// <param name="Code">Stable, lower case with underscores.</param>
/// <param name="Title">What happened, in a sentence.</param>
/// <param name="Cause">Why it happened.</param>
/// <param name="Remedy">What to do now.</param>
/// <param name="Lines">The lines of output that show it.</param>
/// <param name="Retryable">Whether the same job, as it is, may succeed when it is tried again; if not, it has failed for good.</param>
public sealed record JobError(string Code, string Title, string Cause, string Remedy, IReadOnlyList<string> Lines, bool Retryable = true);

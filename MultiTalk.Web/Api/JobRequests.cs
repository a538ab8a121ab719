using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Api;

/// <summary>How a job is repeated.</summary>
/// <param name="NewSeed">Whether the new job draws another seed; otherwise it is the same.</param>
public sealed record RetryRequest(bool NewSeed = false);

/// <summary>What is changed of a job. It is moved first: if it cannot be, nothing is changed.</summary>
/// <param name="Priority">From −10 to 10; null to leave it.</param>
/// <param name="Front">Whether it becomes the next to be run.</param>
/// <param name="Shared">Whether everybody who may read may see it; null to leave it.</param>
public sealed record MoveRequest(int? Priority = null, bool Front = false, bool? Shared = null);

/// <summary>Which jobs are canceled; nothing for all of one's own.</summary>
/// <param name="State">Queued or running; null for both.</param>
/// <param name="Owner">Whose; null for one's own.</param>
/// <param name="All">Whether everybody's.</param>
public sealed record CancelRequest(JobState? State = null, string? Owner = null, bool All = false);

/// <summary>What became of that.</summary>
/// <param name="Canceled">How many jobs were canceled.</param>
/// <param name="Left">How many are left because there were too many for one call, with what was submitted meanwhile: ask again; 0 if all were looked at.</param>
public sealed record CancelAnswer(int Canceled, int Left);

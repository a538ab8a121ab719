namespace MultiTalk.Web.Jobs;

/// <summary>
/// The attempt that holds a job, or did. The number alone would not fence: a host that goes down may take Redis' last second
/// with it, and a claim in it; its number is then given again, to another runner.
/// </summary>
/// <param name="Job">The job's id.</param>
/// <param name="Attempt">The attempt's number.</param>
/// <param name="Runner">The runner that makes it.</param>
public sealed record Holder(string Job, int Attempt, string Runner);

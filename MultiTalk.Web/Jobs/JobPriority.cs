namespace MultiTalk.Web.Jobs;

/// <summary>The span of a job's priority; 0 unless it is said.</summary>
public static class JobPriority
{
    /// <summary>Runs after all others.</summary>
    public const int Lowest = -10;

    /// <summary>Runs before all others; <c>turns.lua</c> counts down from it.</summary>
    public const int Highest = 10;
}

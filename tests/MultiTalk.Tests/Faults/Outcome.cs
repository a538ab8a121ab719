using MultiTalk.Web.Api;

namespace MultiTalk.Tests.Faults;

/// <summary>How a job ended, with the reasons that tell a failed test what it was.</summary>
internal static class Outcome
{
    /// <summary>Fails unless the attempts ended so, one after another.</summary>
    /// <param name="job">The job.</param>
    /// <param name="outcomes">Of its attempts; the last one's is that of the job.</param>
    public static void AssertIs(JobDocument job, params string[] outcomes) =>
        Assert.True(job.Attempts.Select(attempt => attempt.Outcome).SequenceEqual(outcomes), $"Not {string.Join(", ", outcomes)}, but {Say(job)}");

    /// <summary>The attempts in words.</summary>
    public static string Say(JobDocument job) =>
        string.Join("; ", job.Attempts.Select(attempt => $"{attempt.Outcome ?? "open"}{(attempt.Error is { } error ? $" ({error.Code}: {error.Cause})" : "")}"));
}

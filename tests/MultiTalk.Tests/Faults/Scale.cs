namespace MultiTalk.Tests.Faults;

/// <summary>How much of the soak is run: a little of everything, or, with <c>MULTITALK_SCALE=full</c>, all of it (tests/faults.sh).</summary>
/// <param name="Jobs">Jobs in all.</param>
/// <param name="Owners">Who submit them, each as many.</param>
/// <param name="Runners">Processes that run them.</param>
internal sealed record Scale(int Jobs, int Owners, int Runners)
{
    /// <summary>The scale of this run.</summary>
    public static Scale Now { get; } = Environment.GetEnvironmentVariable("MULTITALK_SCALE") == "full" ? new(200, 10, 4) : new(16, 4, 3);
}

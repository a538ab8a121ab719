using Microsoft.Extensions.Configuration;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>The settings of verbs that need no Web.</summary>
internal static class LocalOptions
{
    /// <summary>From the environment: <c>Runner__Python</c> and so on.</summary>
    public static RunnerOptions Read() =>
        new ConfigurationBuilder().AddEnvironmentVariables().Build().GetSection(RunnerOptions.Section).Get<RunnerOptions>() ?? new RunnerOptions();
}

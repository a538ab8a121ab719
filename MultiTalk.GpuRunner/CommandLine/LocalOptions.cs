using Microsoft.Extensions.Configuration;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>The settings of verbs that need no Web.</summary>
internal static class LocalOptions
{
    /// <summary>From the environment: <c>Runner__Python</c> and so on.</summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting cannot be read.</exception>
    public static RunnerOptions Read()
    {
        var options = new RunnerOptions();
        RunnerHost.Bind(new ConfigurationBuilder().AddEnvironmentVariables().Build(), options);
        return options;
    }
}

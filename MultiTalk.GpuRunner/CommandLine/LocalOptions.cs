using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>The settings of verbs that need no Web.</summary>
internal static class LocalOptions
{
    /// <summary>From the environment: <c>Runner__Python</c> and so on.</summary>
    /// <exception cref="OptionsValidationException">A setting cannot be read, or is wrong.</exception>
    public static RunnerOptions Read()
    {
        var options = new RunnerOptions();
        RunnerHost.Bind(new ConfigurationBuilder().AddEnvironmentVariables().Build(), options);
        var result = new DataAnnotationValidateOptions<RunnerOptions>(name: null).Validate(name: null, options);
        return result.Failed ? throw new OptionsValidationException(RunnerOptions.Section, typeof(RunnerOptions), result.Failures) : options;
    }
}

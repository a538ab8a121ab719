using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MultiTalk.GpuRunner.Worker;
using MultiTalk.ServiceDefaults;

namespace MultiTalk.GpuRunner;

/// <summary>Builds the host of a runner: for <c>worker</c> on the command line, and for the one inside the Web.</summary>
public static class RunnerHost
{
    private static readonly string[] _addressKeys = ["urls", "http_ports", "https_ports"];

    /// <summary>
    /// A runner of its own process: settings from the environment and <paramref name="args"/>, telemetry exported,
    /// and <c>/health</c> and <c>/alive</c> served where an address to listen on is configured.
    /// </summary>
    /// <param name="args">Settings such as <c>Runner:Web=https://…</c>; they win over the environment.</param>
    /// <remarks>Starting it throws <see cref="OptionsValidationException"/> if a setting is missing or wrong.</remarks>
    public static IHost Build(string[] args)
    {
        if (!HasAddress(args))
        {
            var plain = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
            plain.AddServiceDefaults().AddRunner(options => Bind(plain.Configuration, options));
            return plain.Build();
        }

        var listening = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        // It has no settings file, and probes would fill its log.
        listening.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        listening.AddServiceDefaults().AddRunner(options => Bind(listening.Configuration, options));
        return listening.Build().MapDefaultEndpoints();
    }

    /// <summary>
    /// A runner inside another process: its settings are what <paramref name="configure"/> sets and nothing else, its log
    /// goes to the other's, and it exports no telemetry, since the other's exporters see its activities too.
    /// </summary>
    /// <param name="configure">Sets at least <see cref="RunnerOptions.Web"/> and <see cref="RunnerOptions.Token"/>.</param>
    /// <param name="logging">The log of the process around it, which also owns it.</param>
    /// <remarks>Starting it throws <see cref="OptionsValidationException"/> if a setting is missing or wrong.</remarks>
    public static IHost BuildEmbedded(Action<RunnerOptions> configure, ILoggerFactory logging)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.AddRunner(configure);
        builder.Services.AddSingleton(logging);
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        return builder.Build();
    }

    /// <summary>Sets what the section <c>Runner</c> sets.</summary>
    /// <exception cref="OptionsValidationException">A setting cannot be read.</exception>
    internal static void Bind(IConfiguration configuration, RunnerOptions options)
    {
        try
        {
            configuration.GetSection(RunnerOptions.Section).Bind(options);
            // A path, unlike a name, must not depend on the working directory of the script.
            if (options.Python?.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) == true)
                options.Python = Path.GetFullPath(options.Python);
        }
        // "Failed to convert configuration value 'abc' at 'Runner:Heartbeat' to type 'System.TimeSpan'."
        catch (InvalidOperationException exception)
        {
            throw new OptionsValidationException(RunnerOptions.Section, typeof(RunnerOptions), [$"A setting cannot be read: {exception.Message} Times are written hh:mm:ss."]);
        }
    }

    private static bool HasAddress(string[] args)
    {
        var configuration = new ConfigurationBuilder()
            .AddEnvironmentVariables("DOTNET_").AddEnvironmentVariables("ASPNETCORE_").AddEnvironmentVariables().AddCommandLine(args).Build();
        return _addressKeys.Any(key => !string.IsNullOrEmpty(configuration[key]));
    }

    /// <summary>Ctrl-C belongs to the process around an embedded runner, which stops it in its own order.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Configuration.Memory;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Web.Access;
using MultiTalk.Web.Jobs;
using ConfigurationOptions = StackExchange.Redis.ConfigurationOptions;

namespace MultiTalk.Web.Embedded;

/// <summary>The one-command default: where no Redis is configured, the Web brings its own, and a runner.</summary>
public static class EmbeddedServices
{
    private static readonly string[] _addressSettings = ["urls", "http_ports", "https_ports"];

    /// <summary>Adds what the configuration lacks.</summary>
    /// <returns>Where Redis is.</returns>
    public static ConfigurationOptions AddEmbedded(this WebApplicationBuilder builder)
    {
        var data = DataDirectory.Of(builder.Configuration);
        var configured = builder.Configuration.GetConnectionString("redis");
        var embedded = string.IsNullOrWhiteSpace(configured);
        if (embedded)
        {
            AddDefaults(builder.Configuration);
            builder.Services.AddHostedService(services => new EmbeddedRedis(
                data, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<IHostApplicationLifetime>(), services.GetRequiredService<ILogger<EmbeddedRedis>>()));
        }

        if (builder.Configuration.GetValue("Embedded:Runner", embedded))
        {
            builder.Services.AddHostedService(services => new EmbeddedRunner(
                data, services.GetRequiredService<IServer>(), services.GetRequiredService<AccessStore>(), services.GetRequiredService<ILoggerFactory>()));
        }

        return embedded ? EmbeddedRedis.Connection(data) : ConfigurationOptions.Parse(configured!);
    }

    // Weaker than everything that is configured anywhere.
    private static void AddDefaults(ConfigurationManager configuration)
    {
        var defaults = new Dictionary<string, string?> { [$"{JobsOptions.Section}:{nameof(JobsOptions.DefaultEngine)}"] = Engine.Preview };
        if (_addressSettings.All(key => string.IsNullOrEmpty(configuration[key])))
            defaults["urls"] = "http://localhost:5080";
        configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = defaults });
    }
}

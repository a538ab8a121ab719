using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

/// <summary>Adds the store and the queue.</summary>
public static class JobsServices
{
    /// <summary>Adds the store and the queue.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="redis">Where the store is.</param>
    public static WebApplicationBuilder AddJobs(this WebApplicationBuilder builder, ConfigurationOptions redis)
    {
        builder.Services.AddOptions<JobsOptions>().BindConfiguration(JobsOptions.Section).ValidateDataAnnotations()
            .Validate(
                jobs => jobs.SweepGap >= 2 * jobs.SweepEvery,
                "Jobs:SweepGap is less than twice Jobs:SweepEvery: every pass would be taken for the end of an outage, and no lease would ever end. Raise it.")
            .ValidateOnStart();
        builder.Services.AddSingleton(_ => new RedisConnection(redis));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new Scripts());
        builder.Services.AddSingleton<JobStore>();
        builder.Services.AddSingleton<LiveFleet>();
        builder.Services.AddSingleton<LiveStats>();
        builder.Services.AddSingleton<JobDispatcher>();
        builder.Services.AddSingleton<JobWatcher>();
        builder.Services.AddSingleton<JobEvents>();
        builder.Services.AddHostedService(services => services.GetRequiredService<JobEvents>());
        builder.Services.AddHostedService<Upkeep>();
        builder.Services.AddSingleton<StoreHealth>();
        builder.Services.AddHostedService(services => services.GetRequiredService<StoreHealth>());
        builder.Services.AddHealthChecks()
            .AddRedis(services => services.GetRequiredService<RedisConnection>().Multiplexer, "redis")
            .AddCheck<StoreHealth>("redis-settings");
        return builder;
    }
}

using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using MultiTalk.GpuRunner.Diagnosis;
using MultiTalk.GpuRunner.Execution;

namespace MultiTalk.GpuRunner.Worker;

/// <summary>Adds the runner to a host.</summary>
public static class RunnerExtensions
{
    /// <summary>Adds the pull loop, its client and what runs an attempt. Its options are validated when the host starts.</summary>
    public static IHostApplicationBuilder AddRunner(this IHostApplicationBuilder builder, Action<RunnerOptions> configure)
    {
        builder.Services.AddOptions<RunnerOptions>()
            .Configure(configure)
            .ValidateDataAnnotations()
            .Validate(options => options.Web is not null, "Runner:Web is not set. Set it (environment: Runner__Web) to the address of the Web, such as https://multitalk.example.")
            .Validate(options => options.Web is null || IsWebAddress(options.Web), "Runner:Web is no address of a Web. It starts with https:// or http://.")
            .Validate(options => !string.IsNullOrWhiteSpace(options.Token), "Runner:Token is not set. Set it (environment: Runner__Token) to a runner token of the Web.")
            // A cancel frees the card within 10 s: a heartbeat tells of it, and then comes KillAfter.
            .Validate(options => options.Heartbeat > TimeSpan.Zero && options.Heartbeat <= TimeSpan.FromSeconds(4), "Runner:Heartbeat must be more than nothing and at most 4 s.")
            .Validate(options => options.KillAfter >= TimeSpan.Zero && options.KillAfter <= TimeSpan.FromSeconds(5), "Runner:KillAfter must be 0 to 5 s.")
            .Validate(options => options.Engine != Generation.Engine.MultiTalk || options.Checkout is not null, "Runner:Checkout is not set. Set it (environment: Runner__Checkout) to the directory with upstream's generate_multitalk.py.")
            .Validate(options => options.Engine != Generation.Engine.MultiTalk || options.Models is not null, "Runner:Models is not set. Set it (environment: Runner__Models) to the model volume.")
            .Validate(options => options.KeepFailures >= TimeSpan.Zero, "Runner:KeepFailures must not be negative.")
            .Validate(options => Enum.GetValues<Stretch>().All(stretch => options.Silence.Of(stretch) > TimeSpan.Zero), "Each time in Runner:Silence must be more than nothing.")
            .Validate(options => options.GiveUpAfter >= TimeSpan.Zero, "Runner:GiveUpAfter must not be negative.")
            .ValidateOnStart();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(services => new GenerationExecutor(
            services.GetRequiredService<IOptions<RunnerOptions>>().Value, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<RunHistory>()));
        builder.Services.AddSingleton(services => new Doctor(services.GetRequiredService<IOptions<RunnerOptions>>().Value, Machine.This));
        builder.Services.AddSingleton(services => new RunHistory(services.GetRequiredService<IOptions<RunnerOptions>>().Value.Workspaces));
        // The worker needs it to be made: a directory that cannot be written fails the start.
        builder.Services.AddSingleton(services => RunnerIdentity.Take(services.GetRequiredService<IOptions<RunnerOptions>>().Value.Workspaces));
        builder.Services.AddSingleton<AttemptRunner>();
        builder.Services.AddHostedService<Worker>();
        builder.Services.AddWebClient();
        return builder;
    }

    // "localhost:5080" would be taken for a scheme; "https+http" is service discovery's.
    private static bool IsWebAddress(Uri address) => address is { IsAbsoluteUri: true, Scheme: "http" or "https" or "https+http" or "http+https" };

    private static void AddWebClient(this IServiceCollection services)
    {
        // Calls have time-outs of their own, long ones too, and their callers know when to repeat them: hence none of the standard resilience.
        // One log entry for every heartbeat would bury the rest.
#pragma warning disable EXTEXP0001 // https://aka.ms/dotnet-extensions-warnings/EXTEXP0001: the only way to remove the defaults of one client
        services.AddHttpClient<WebClient>((provider, http) =>
            {
                var options = provider.GetRequiredService<IOptions<RunnerOptions>>().Value;
                http.BaseAddress = options.Web;
                http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", options.Token);
                http.Timeout = Timeout.InfiniteTimeSpan;
            })
            .RemoveAllResilienceHandlers()
            .RemoveAllLoggers()
            // The client lives as long as the worker, so its connections must follow changes of DNS themselves.
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10), PooledConnectionLifetime = TimeSpan.FromMinutes(5), UseCookies = false })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan);
#pragma warning restore EXTEXP0001
    }
}

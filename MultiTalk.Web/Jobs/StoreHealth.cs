using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

/// <summary>
/// Whether Redis is set up to keep what it accepts; looked at when the Web starts, and now and then when its health is asked for.
/// What is wrong is logged with its remedy: the probe says one word to anybody who asks, and no more.
/// </summary>
internal sealed partial class StoreHealth : IHostedService, IHealthCheck
{
    private static readonly TimeSpan _age = TimeSpan.FromMinutes(1);

    private readonly RedisConnection _redis;
    private readonly ILogger<StoreHealth> _logger;
    private readonly Recent<HealthCheckResult> _look;
    private string? _logged;

    /// <summary>Looks nowhere yet.</summary>
    public StoreHealth(RedisConnection redis, TimeProvider time, ILogger<StoreHealth> logger) => (_redis, _logger, _look) = (redis, logger, new(LookAsync, _age, time));

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => CheckAsync(cancellationToken);

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => CheckAsync(cancellationToken);

    private async Task<HealthCheckResult> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _look.GetAsync().WaitAsync(cancellationToken);
        }
        catch (Exception exception) when (RedisConnection.IsAway(exception))
        {
            // That it is away is another check's matter.
            return HealthCheckResult.Healthy("Unknown: Redis does not answer.");
        }
    }

    private async Task<HealthCheckResult> LookAsync()
    {
        string? wrong;
        try
        {
            var (appendOnly, policy, written) = (GetAsync("appendonly"), GetAsync("maxmemory-policy"), WritesAsync());
            wrong = Wrong(await appendOnly, await policy, await written);
        }
        // Managed services forbid CONFIG. A server that still reads its files is as good as away.
        catch (Exception exception) when (exception is RedisCommandException || (exception is RedisServerException && !exception.Message.StartsWith("LOADING", StringComparison.Ordinal)))
        {
            return HealthCheckResult.Healthy($"Unknown: Redis does not tell its settings ({exception.Message}).");
        }

        if (wrong is not null && wrong != _logged)
            LogWrong(wrong);
        _logged = wrong;
        return wrong is null ? HealthCheckResult.Healthy("Redis writes what it accepts, and drops nothing.") : HealthCheckResult.Degraded(wrong);
    }

    private static string? Wrong(string? appendOnly, string? policy, bool written)
    {
        var wrong = string.Join(' ', new[]
        {
            appendOnly is null or "yes" ? null : $"Redis keeps no append-only file (appendonly {appendOnly}): when it ends, accepted jobs are lost. Set appendonly to yes.",
            written ? null : "Redis cannot write its files (aof_last_write_status): it takes nothing new. See that its disk is there and not full.",
            policy is null or "noeviction" ? null : $"Redis drops keys when it is full (maxmemory-policy {policy}): accepted jobs vanish. Set maxmemory-policy to noeviction.",
        }.OfType<string>());
        return wrong.Length == 0 ? null : wrong;
    }

    // https://redis.io/docs/latest/commands/info
    private async Task<bool> WritesAsync() =>
        (string?)await _redis.Database.ExecuteAsync("INFO", "persistence") is not { } info || !info.Contains("aof_last_write_status:err", StringComparison.Ordinal);

    private async Task<string?> GetAsync(string setting) =>
        (RedisValue[]?)await _redis.Database.ExecuteAsync("CONFIG", "GET", setting) is [_, var value] ? (string?)value : null;

    [LoggerMessage(1103, LogLevel.Warning, "{Wrong}")]
    private partial void LogWrong(string wrong);
}

using System.Net;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MultiTalk.Tests.Api;

public sealed class StoreHealthTests
{
    [Theory(Timeout = 60_000)]
    [InlineData("--appendonly yes", HealthStatus.Healthy, "drops nothing")]
    [InlineData("--appendonly no", HealthStatus.Degraded, "Set appendonly to yes.")]
    [InlineData("--maxmemory-policy allkeys-lru", HealthStatus.Degraded, "Set maxmemory-policy to noeviction.")]
    [InlineData("--rename-command CONFIG HIDDEN", HealthStatus.Healthy, "Unknown")]
    [InlineData("--user default on nopass ~* &* +@all -config", HealthStatus.Healthy, "Unknown")]
    public async Task Health_knows_whether_Redis_is_set_up_to_keep_what_it_accepts_and_tells_strangers_one_word(string settings, HealthStatus status, string said)
    {
        await using var redis = await OwnRedis.StartAsync(settings.Split(' ', 2) is [var name, var values] && name == "--user" ? [name, .. values.Split(' ')] : settings.Split(' '));
        await using var web = new WebOn(redis);

        var report = await web.Services.GetHealth().CheckHealthAsync(TestContext.Current.CancellationToken);
        using var probe = await web.Stranger().GetAsync("/health", TestContext.Current.CancellationToken);

        var entry = report.Entries["redis-settings"];
        Assert.Equal(status, entry.Status);
        Assert.Contains(said, entry.Description, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, status.ToString()), (probe.StatusCode, await probe.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }

    [Fact(Timeout = 60_000)]
    public async Task Settings_are_not_asked_for_at_every_probe()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var web = new WebOn(redis);
        await web.Services.GetHealth().CheckHealthAsync(TestContext.Current.CancellationToken);
        await redis.Server.ConfigResetStatisticsAsync();

        for (var probe = 0; probe < 5; probe++)
            await web.Services.GetHealth().CheckHealthAsync(TestContext.Current.CancellationToken);

        Assert.DoesNotContain((await redis.Server.InfoAsync("commandstats")).SelectMany(group => group), entry => entry.Key.StartsWith("cmdstat_config|get", StringComparison.Ordinal));
    }
}

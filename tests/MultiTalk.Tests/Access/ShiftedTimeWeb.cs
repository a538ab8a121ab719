using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace MultiTalk.Tests.Access;

/// <summary>The time of now and then some; its timers are real.</summary>
public sealed class ShiftedTime : TimeProvider
{
    /// <summary>How much later it is.</summary>
    public TimeSpan Later { get; set; }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Later;
}

/// <summary>A Web of one test, for which time can pass; an address may send five wrong keys a minute.</summary>
public sealed class ShiftedTimeWeb() : TestWeb(new() { ["Embedded:Runner"] = "false", ["Access:WrongKeysAMinute"] = "5" })
{
    /// <summary>Its time.</summary>
    public ShiftedTime Time { get; } = new();

    /// <inheritdoc/>
    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        base.ConfigureWebHost(builder);
        builder.ConfigureTestServices(services => services.AddSingleton<TimeProvider>(Time));
    }
}

namespace MultiTalk.Tests.Api;

/// <summary>Tests with a Redis of their own each, and a Web on it.</summary>
/// <param name="settings">Settings of the Web.</param>
public abstract class OwnRedisTests(params (string Name, string Value)[] settings) : IAsyncLifetime
{
    private protected OwnRedis Redis { get; private set; } = null!;

    private protected WebOn Web { get; set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Redis = await OwnRedis.StartAsync();
        Web = new WebOn(Redis, settings);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Web.DisposeAsync();
        await Redis.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

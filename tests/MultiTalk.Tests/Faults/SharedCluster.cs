namespace MultiTalk.Tests.Faults;

/// <summary>A Web and its Redis for the tests of one class, each of which brings its own runners.</summary>
public sealed class SharedCluster : IAsyncLifetime
{
    /// <summary>The cluster.</summary>
    internal Cluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Cluster = await Cluster.StartAsync(1, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}

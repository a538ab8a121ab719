using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Options;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Access;

/// <summary>
/// Seeds the configured key and token, and once the server listens tells the person at the terminal how to get in.
/// This goes to the terminal and not to the log: a log is kept and shipped, and must hold no secret.
/// </summary>
internal sealed partial class Welcome(
    AccessStore store, IOptions<AccessOptions> options, IServer server, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<Welcome> logger)
    : IHostedLifecycleService
{
    /// <summary>The id of the key, and the name of the token, that are in the configuration.</summary>
    public const string Configured = "configured";

    private static readonly Grant _administrator = new("first", "admin", Scopes.All);
    private static readonly TimeSpan _tryEvery = TimeSpan.FromSeconds(2);

    private Task _trying = Task.CompletedTask;
    private bool _said;

    /// <summary>The key and the token work as soon as the server listens.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => TryAsync(SeedAsync);

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        if (!await TryAsync(SeedAndGreetAsync))
            _trying = KeepTryingAsync(lifetime.ApplicationStopping);
    }

    public Task StopAsync(CancellationToken cancellationToken) => _trying;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task KeepTryingAsync(CancellationToken stopping)
    {
        do
            await Task.Delay(_tryEvery, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!stopping.IsCancellationRequested && !await TryAsync(SeedAndGreetAsync));
    }

    // A Web whose store is away or full starts all the same: it says so when it is asked, and jobs that run can end.
    private async Task<bool> TryAsync(Func<Task> write)
    {
        try
        {
            await write();
            return true;
        }
        catch (Exception exception) when (RedisConnection.IsAway(exception))
        {
            if (!_said)
                LogAway(exception.Message);
            _said = true;
            return false;
        }
    }

    private async Task SeedAsync()
    {
        // Another key in the configuration than at the last start takes that one's place. One that is there is left there: a store
        // that is full would not take it again.
        var key = options.Value.ApiKey;
        if (key is null || (await store.FindKeyAsync(key))?.Id != Configured)
            await store.RemoveKeysAsync(Configured);
        if (key is not null && await store.FindKeyAsync(key) is null)
            await store.AddKeyAsync(key, _administrator with { Id = Configured });
        if (options.Value.RunnerToken is { } token && await store.FindRunnerTokenAsync(token) != Configured)
            await store.SetRunnerTokenAsync(Configured, token);
    }

    private async Task SeedAndGreetAsync()
    {
        await SeedAsync();
        var address = ListeningAddress.Of(server);
        var token = await store.NewSignInAsync(new Grant("person", _administrator.Owner, Scopes.All), options.Value.SignInLink);
        // The last to be written, and only once the server listens: a key of a start that failed would have been shown to nobody.
        string? firstKey = null;
        if (!await store.HasKeysAsync())
            await store.AddKeyAsync(firstKey = Secret.New(Secret.OfKey), _administrator);

        var text = $"""

            MultiTalk listens on {address}

              Sign in (works once):  {new Uri(address, $"{SignInApi.Path}?token={token}")}
              API key:               {KeyLine(firstKey)}

            """;
        await Console.Out.WriteLineAsync(text);
    }

    private string KeyLine(string? firstKey) =>
        firstKey
        ?? (options.Value.ApiKey is null ? "made at the first start; for another, start with Access__ApiKey=$(openssl rand -hex 32)" : "as set in Access:ApiKey");

    [LoggerMessage(1401, LogLevel.Error, "The store takes no key and no sign-in link yet ({Reason}); it is tried again until it does.")]
    private partial void LogAway(string reason);
}

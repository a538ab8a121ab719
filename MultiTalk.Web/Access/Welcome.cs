using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Options;

namespace MultiTalk.Web.Access;

/// <summary>
/// Seeds the configured key and token, and once the server listens tells the person at the terminal how to get in.
/// This goes to the terminal and not to the log: a log is kept and shipped, and must hold no secret.
/// </summary>
internal sealed class Welcome(AccessStore store, IOptions<AccessOptions> options, IServer server) : IHostedLifecycleService
{
    private const string Configured = "configured";

    private static readonly Grant _administrator = new("first", "admin", Scopes.All);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // Another key in the configuration than at the last start takes that one's place.
        await store.RemoveKeysAsync(Configured);
        if (options.Value.ApiKey is { } configured)
            await store.AddKeyAsync(configured, _administrator with { Id = Configured });
        if (options.Value.RunnerToken is { } token)
            await store.SetRunnerTokenAsync(Configured, token);
    }

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        // Only now: a key of a start that failed would have been shown to nobody.
        string? firstKey = null;
        if (!await store.HasKeysAsync())
            await store.AddKeyAsync(firstKey = Secret.New("mt_"), _administrator);

        var address = ListeningAddress.Of(server);
        var token = await store.NewSignInAsync(new Grant("person", _administrator.Owner, Scopes.All), options.Value.SignInLink);
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

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

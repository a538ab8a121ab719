using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace MultiTalk.Web.Access;

/// <summary>
/// Seeds the configured key and token, and once the server listens tells the person at the terminal how to get in.
/// This goes to the terminal and not to the log: a log is kept and shipped, and must hold no secret.
/// </summary>
internal sealed class Welcome(AccessStore store, IOptions<AccessOptions> options, IServer server) : IHostedLifecycleService
{
    private static readonly Grant _administrator = new("first", "admin", Scopes.All);

    private string? _firstKey;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.ApiKey is { } configured)
        {
            await store.AddKeyAsync(configured, new Grant("configured", _administrator.Owner, Scopes.All));
        }
        else if (!await store.HasKeysAsync())
        {
            _firstKey = Secret.New("mt_");
            await store.AddKeyAsync(_firstKey, _administrator);
        }

        if (options.Value.RunnerToken is { } token)
            await store.SetRunnerTokenAsync("configured", token);
    }

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        var address = ListeningAddress.Of(server);
        var token = await store.NewSignInAsync(new Grant("person", _administrator.Owner, Scopes.All), options.Value.SignInLink);
        var text = $"""

            MultiTalk listens on {address}

              Sign in (works once):  {new Uri(address, $"{SignInApi.Path}?token={token}")}
              API key:               {KeyLine()}

            """;
        await Console.Out.WriteLineAsync(text);
    }

    private string KeyLine() =>
        _firstKey
        ?? (options.Value.ApiKey is null ? "made at the first start; for another, start with Access__ApiKey=$(openssl rand -hex 32)" : "as set in Access:ApiKey");

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Where this process can be reached from this machine.</summary>
public static class ListeningAddress
{
    /// <summary>The first address the server listens on, with a wildcard turned into the loopback name.</summary>
    public static Uri Of(IServer server)
    {
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault()
            ?? throw new InvalidOperationException("The server listens on no address. Set ASPNETCORE_URLS, for example to http://localhost:5080.");
        // "http://+:80", "http://*:80", "http://0.0.0.0:80" and "http://[::]:80" mean every interface; no client can connect to them by that name.
        var binding = Microsoft.AspNetCore.Http.BindingAddress.Parse(address);
        var host = binding.Host is "+" or "*" or "0.0.0.0" or "[::]" or "::" ? "localhost" : binding.Host;
        return new UriBuilder(binding.Scheme, host, binding.Port).Uri;
    }
}

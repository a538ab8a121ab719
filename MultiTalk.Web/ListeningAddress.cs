using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace MultiTalk.Web;

/// <summary>Where this process can be reached from this machine.</summary>
public static class ListeningAddress
{
    /// <summary>The first address the server listens on, with a wildcard turned into the loopback name.</summary>
    public static Uri Of(IServer server)
    {
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault()
            ?? throw new InvalidOperationException("The server listens on no address. Set ASPNETCORE_URLS, for example to http://localhost:5080.");
        // "http://+:80", "http://*:80", "http://0.0.0.0:80" and "http://[::]:80" mean every interface; no client can connect to them by that name.
        var binding = BindingAddress.Parse(address);
        var host = binding.Host is "+" or "*" or "0.0.0.0" or "[::]" or "::" ? "localhost" : binding.Host;
        return new UriBuilder(binding.Scheme, host, binding.Port).Uri;
    }
}

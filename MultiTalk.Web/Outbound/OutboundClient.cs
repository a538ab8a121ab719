using System.Net;
using Microsoft.Security.AntiSSRF;

namespace MultiTalk.Web.Outbound;

/// <summary>
/// Requests to addresses that people give, which must not reach what only this server can: its own network, its host, its cloud's
/// metadata. What a name resolves to is checked, and the checked address is connected to.
/// </summary>
public static class OutboundClient
{
    /// <summary>The name of the <see cref="HttpClient"/> for them. It takes https only, follows no redirect and keeps no cookie.</summary>
    public const string Name = "outbound";

    // A stranger's server that does not take a connection within this time will not soon.
    private static readonly TimeSpan _connectTimeout = TimeSpan.FromSeconds(5);

    // A name's new address is used after at most this time.
    private static readonly TimeSpan _connectionLifetime = TimeSpan.FromMinutes(1);

    private const int MaxHeaderKilobytes = 16;

    /// <summary>
    /// What is never connected to: the ranges that the library knows, and those in which an IPv4 address hides that it does not:
    /// IPv4-compatible (RFC 4291, 2.5.5.1) and IPv4-translated (RFC 2765, 2.1).
    /// </summary>
    internal static IReadOnlyList<string> Denied { get; } = [.. IPAddressRanges.recommendedLatest, "::/96", "::ffff:0:0:0/96"];

    /// <summary>Adds the client and <see cref="OutboundAddress"/>.</summary>
    public static WebApplicationBuilder AddOutbound(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new OutboundExceptions());
        builder.Services.AddSingleton<OutboundAddress>();
        builder.Services.AddHttpClient(Name)
            .ConfigurePrimaryHttpMessageHandler(services => NewHandler(services.GetRequiredService<OutboundExceptions>()))
            // Nothing of what other clients have: retries repeat what a stranger receives, and discovery knows names of the inside.
            .ConfigureAdditionalHttpMessageHandlers((handlers, _) =>
            {
                handlers.Clear();
                handlers.Add(new Untraced());
            })
            // An address may hold its owner's secret, in its path too.
            .RemoveAllLoggers();
        return builder;
    }

    private static AntiSSRFHandler NewHandler(OutboundExceptions exceptions)
    {
        // The library's handler uses no proxy: that would connect without a check.
        var policy = new AntiSSRFPolicy(PolicyConfigOptions.None) { AllowPlainTextHttp = false, AddXFFHeader = false };
        policy.AddDeniedAddresses([.. Denied]);
        policy.AddAllowedAddresses([.. exceptions.Networks]);
        var handler = policy.GetHandler();
        handler.AllowAutoRedirect = false;
        handler.UseCookies = false;
        handler.ConnectTimeout = _connectTimeout;
        handler.PooledConnectionLifetime = _connectionLifetime;
        handler.MaxResponseHeadersLength = MaxHeaderKilobytes;
        if (exceptions.Trust is { } trust)
            handler.SslOptions = new() { RemoteCertificateValidationCallback = trust };
        return handler;
    }

    /// <summary>Whether an address is none that is never connected to.</summary>
    internal static bool Allows(IPAddress address, OutboundExceptions exceptions)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return IsIn(plain, exceptions.Networks) || !IsIn(plain, Denied);
    }

    private static bool IsIn(IPAddress address, IReadOnlyList<string> networks) => networks.Any(network => IPNetwork.Parse(network).Contains(address));
}

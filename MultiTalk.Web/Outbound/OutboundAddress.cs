using System.Net;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Web.Outbound;

/// <summary>
/// Says of an address that somebody gives whether it could ever be connected to. What its name resolves to is checked at each
/// connection, and not here: it may change, and the answer would tell of names that only this server knows.
/// </summary>
public sealed class OutboundAddress(OutboundExceptions exceptions)
{
    /// <summary>The longest address, in characters.</summary>
    public const int MaxLength = 2_048;

    private static readonly string[] _inside = ["localhost", "local", "internal", "home.arpa"];

    /// <summary>What is wrong with an address; null if nothing is.</summary>
    /// <param name="url">As it was given.</param>
    /// <param name="code">The code of the problem.</param>
    /// <param name="field">Where it stands in the request.</param>
    public RequestProblem? Check(string? url, string code, string field) => Wrong(url) is var (title, remedy) ? new(code, field, title, remedy) : null;

    private (string Title, string Remedy)? Wrong(string? url)
    {
        if (url is not { Length: > 0 and <= MaxLength } || !Uri.TryCreate(url, UriKind.Absolute, out var uri))
            return ("It is no address.", $"Send a whole one of at most {MaxLength} characters, such as https://example.com/hook.");
        if (uri.Scheme != Uri.UriSchemeHttps)
            return ("It is not https.", "Send one that begins with https://.");
        if (uri.UserInfo.Length > 0)
            return ("It holds a user name or a password.", "Leave them out.");
        if (uri.HostNameType is not (UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6))
            return ("Its host is none.", "Send a host name that everybody can resolve.");

        // Decimal and hexadecimal ones are addresses too.
        var host = uri.IdnHost.TrimEnd('.');
        if (IPAddress.TryParse(uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : host, out var address))
            return OutboundClient.Allows(address, exceptions) ? null : ("It leads into a private or reserved network.", "Send one that can be reached from the Internet.");
        return !host.Contains('.') || _inside.Any(name => host.EndsWith("." + name, StringComparison.OrdinalIgnoreCase))
            ? ("Its host name means something only inside a network.", "Send one that can be reached from the Internet.")
            : null;
    }
}

using System.Net.Security;

namespace MultiTalk.Web.Outbound;

/// <summary>
/// The one hook into connections to addresses that people give: it lets tests reach servers of their own. No setting changes it.
/// </summary>
/// <param name="Networks">Networks, in CIDR notation, that are reached though they would not be.</param>
/// <param name="Trust">Judges certificates in place of the system; null for the system.</param>
public sealed record OutboundExceptions(IReadOnlyList<string> Networks, RemoteCertificateValidationCallback? Trust)
{
    /// <summary>None.</summary>
    public OutboundExceptions()
        : this([], null)
    {
    }
}

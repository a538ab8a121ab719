using System.ComponentModel.DataAnnotations;
using System.Net;

namespace MultiTalk.Web.Api;

/// <summary>The settings of the API and of what stands before it, section <c>Api</c>.</summary>
public sealed class ApiOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Api";

    /// <summary>How long an ordinary request may take; uploads, downloads, event streams and long polls may take longer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The reverse proxies whose <c>X-Forwarded-For</c>, <c>-Proto</c> and <c>-Host</c> are believed: addresses and networks
    /// (<c>10.0.0.0/8</c>), separated by commas. Without any, those headers are ignored: anybody can send them.
    /// </summary>
    public string? Proxies { get; set; }

    /// <summary>Both kinds as networks.</summary>
    internal IEnumerable<IPNetwork> TrustedProxies => Texts().Select(text => Read(text)!.Value);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        Texts().Where(text => Read(text) is null).Select(text =>
            new ValidationResult($"Api:Proxies holds \"{text}\", which is no address and no network. Write for instance 10.0.0.0/8, 127.0.0.1."));

    private string[] Texts() => (Proxies ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static IPNetwork? Read(string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;
}

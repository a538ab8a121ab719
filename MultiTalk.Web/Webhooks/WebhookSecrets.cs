using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace MultiTalk.Web.Webhooks;

/// <summary>
/// The secrets that sign, as https://github.com/standard-webhooks/standard-webhooks describes it. Their own bytes are needed, so they
/// are stored encrypted rather than hashed.
/// </summary>
public sealed class WebhookSecrets(IDataProtectionProvider protection, IOptions<WebhookOptions> options, TimeProvider time)
{
    private const string Prefix = "whsec_";
    private const int Bytes = 32;

    private readonly IDataProtector _protector = protection.CreateProtector("MultiTalk.Webhooks.Secrets");

    /// <summary>Makes one.</summary>
    public static string New() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>The fields of a hash that keep a secret, and the one that it replaces for a while.</summary>
    /// <param name="secret">The new one.</param>
    /// <param name="before">The field that keeps the one before; null if there is none.</param>
    internal HashEntry[] Fields(string secret, RedisValue before = default) =>
    [
        new("secret", _protector.Protect(secret)),
        .. before.IsNull ? Array.Empty<HashEntry>() : [new("oldSecret", before), new("oldUntil", (time.GetUtcNow() + options.Value.OldSecret).ToUnixTimeMilliseconds())],
    ];

    /// <summary>What a field keeps.</summary>
    /// <exception cref="CryptographicException">The keys that encrypted it are gone.</exception>
    internal string Open(RedisValue field) => _protector.Unprotect((string)field!);

    /// <summary>The header <c>webhook-signature</c>.</summary>
    /// <param name="fields">Of the hash: secret, oldSecret and oldUntil.</param>
    /// <param name="id">The header <c>webhook-id</c>.</param>
    /// <param name="timestamp">The header <c>webhook-timestamp</c>, in seconds since 1970.</param>
    /// <param name="body">What is sent.</param>
    /// <exception cref="CryptographicException">The keys that encrypted a secret are gone.</exception>
    internal string Sign(RedisValue[] fields, string id, long timestamp, string body)
    {
        var signature = Sign(Open(fields[0]), id, timestamp, body);
        return !fields[1].IsNull && (long)fields[2] > time.GetUtcNow().ToUnixTimeMilliseconds()
            ? $"{signature} {Sign(Open(fields[1]), id, timestamp, body)}"
            : signature;
    }

    private static string Sign(string secret, string id, long timestamp, string body) => "v1," + Convert.ToBase64String(HMACSHA256.HashData(
        Convert.FromBase64String(secret[Prefix.Length..]), Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.{body}"))));
}

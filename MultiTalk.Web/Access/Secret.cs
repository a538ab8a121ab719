using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace MultiTalk.Web.Access;

/// <summary>Keys and tokens: 256 random bits, shown once, stored as a hash.</summary>
public static class Secret
{
    /// <summary>How an API key begins.</summary>
    public const string OfKey = "mt_";

    /// <summary>How a runner token begins.</summary>
    public const string OfRunner = "mtr_";

    /// <summary>Makes one.</summary>
    /// <param name="prefix">What makes it recognisable to people and to secret scanners.</param>
    public static string New(string prefix) => prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>How it is stored. A plain hash will do: there is nothing to guess in 256 random bits.</summary>
    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}

namespace MultiTalk.Web.Api;

/// <summary>The <c>Repr-Digest</c> header (RFC 9530) with SHA-256.</summary>
internal static class ReprDigest
{
    /// <summary>The name of the header.</summary>
    public const string Name = "Repr-Digest";

    private const string Prefix = "sha-256=:";

    /// <summary>The hash in lower-case hexadecimal; null if the header is missing or names another algorithm.</summary>
    public static string? Read(IHeaderDictionary headers)
    {
        var value = headers[Name].ToString();
        var hash = new byte[32];
        return value.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && value.EndsWith(':')
            && Convert.TryFromBase64String(value[Prefix.Length..^1], hash, out var length) && length == hash.Length
            ? Convert.ToHexStringLower(hash)
            : null;
    }
}

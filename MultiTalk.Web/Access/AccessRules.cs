namespace MultiTalk.Web.Access;

/// <summary>What may be stored of what people choose.</summary>
internal static class AccessRules
{
    /// <summary>Characters of the name of a key or token.</summary>
    public const int MaxName = 100;

    /// <summary>Characters of an owner.</summary>
    public const int MaxOwner = 200;

    /// <summary>Keys of one owner.</summary>
    public const int MaxKeys = 100;

    /// <summary>Tokens for one runner each.</summary>
    public const int MaxRunnerTokens = 1_000;

    /// <summary>Whether this can be the name of a key or token.</summary>
    public static bool IsName(string? name) => IsText(name, MaxName);

    /// <summary>Whether this can be an owner.</summary>
    public static bool IsOwner(string? owner) => IsText(owner, MaxOwner);

    // A lone half of a surrogate pair cannot be written as it is.
    private static bool IsText(string? text, int most) =>
        text is { Length: > 0 } && text.Length <= most && text.Trim().Length == text.Length && !text.Any(char.IsControl) && text.EnumerateRunes().All(rune => rune.Value != 0xFFFD);
}

namespace MultiTalk.Web.Media;

/// <summary>What may name a file of the media store. A mistake elsewhere can so never leave its place.</summary>
internal static class MediaName
{
    /// <summary>The segment that no name begins with: what is half-done lies there.</summary>
    public const string Incoming = "incoming";

    /// <summary>The name itself.</summary>
    /// <exception cref="ArgumentException">It holds another character, or a segment that is empty or of dots.</exception>
    public static string Checked(string name) =>
        AreSound(name, name.Split('/')) ? name : throw Unsound(name);

    /// <summary>The beginning of names; its last segment may be half of one, or empty.</summary>
    /// <exception cref="ArgumentException">No name begins so.</exception>
    public static string CheckedPrefix(string prefix) =>
        AreSound(prefix, prefix.Split('/')[..^1]) ? prefix : throw Unsound(prefix);

    private static bool AreSound(string text, string[] segments) =>
        text.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character is '-' or '.' or '/')
        && segments.All(segment => segment.Trim('.').Length > 0)
        && (segments.Length == 0 || segments[0] != Incoming);

    private static ArgumentException Unsound(string name) =>
        new($"\"{name}\" cannot name a stored file. Use lower-case letters, digits, hyphens and dots, with slashes between them.", nameof(name));
}

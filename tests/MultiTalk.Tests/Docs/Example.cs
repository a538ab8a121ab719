using System.Text.RegularExpressions;

namespace MultiTalk.Tests.Docs;

/// <summary>A fenced block of a document.</summary>
/// <param name="Line">Where it begins, from 1.</param>
/// <param name="Language">What stands behind the fence.</param>
/// <param name="Text">What is in it, with an end of line.</param>
internal sealed partial record Example(int Line, string Language, string Text)
{
    private const string Anything = "…";

    /// <summary>The file as which a reader is told to save it: its first line begins with its name.</summary>
    public string? File => FileName().Match(Text) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>Those of a document, in order.</summary>
    public static IReadOnlyList<Example> In(string markdown) =>
    [
        .. Fence().Matches(markdown).Select(block => new Example(markdown.AsSpan(0, block.Index).Count('\n') + 1, block.Groups[1].Value, block.Groups[2].Value)),
    ];

    /// <summary>
    /// Whether it shows what a command printed. <c>…</c> stands for anything within a line, and alone on one for any number of lines.
    /// </summary>
    public bool Shows(string printed)
    {
        var lines = Text.TrimEnd('\n').Split('\n').Select(line => line == Anything ? "(?:.*\n)*?" : Regex.Escape(line).Replace(Anything, ".*", StringComparison.Ordinal) + "\n");
        return Regex.IsMatch(printed.TrimEnd('\n') + "\n", $@"\A{string.Concat(lines)}\z");
    }

    [GeneratedRegex(@"^```([^\n]*)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"\A// ([a-z-]+\.cs): ")]
    private static partial Regex FileName();
}

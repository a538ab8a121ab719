using System.Globalization;
using System.Text;

namespace MultiTalk.Web.Media;

/// <summary>Client file names, made fit to be shown. They are never part of a path or a key.</summary>
public static class DisplayName
{
    /// <summary>Most UTF-16 code units that are kept.</summary>
    public const int MaxLength = 200;

    /// <summary>The name without what would garble a page or a log: control and format characters, overrides of direction among them.</summary>
    public static string Of(string? name)
    {
        var shown = new StringBuilder();
        foreach (var rune in (name ?? "").EnumerateRunes())
        {
            if (shown.Length + rune.Utf16SequenceLength > MaxLength)
                break;
            // What is no Unicode at all arrives here as the replacement character.
            if (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator))
                shown.Append(rune);
        }

        return shown.ToString().Trim();
    }
}

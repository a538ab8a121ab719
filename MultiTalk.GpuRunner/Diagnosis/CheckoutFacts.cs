using System.Text.RegularExpressions;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Diagnosis;

/// <summary>What lies in the directory of the script.</summary>
/// <param name="Directory">The directory; empty if none is set.</param>
/// <param name="Script">Whether there is a script in it.</param>
/// <param name="Real">Whether it is upstream's, and not the preview's.</param>
/// <param name="MissingFlags">Those of ours that the script does not know.</param>
/// <param name="MissingFolders">Those of upstream's packages that are not beside it.</param>
internal sealed partial record CheckoutFacts(string Directory, bool Script, bool Real, IReadOnlyList<string> MissingFlags, IReadOnlyList<string> MissingFolders)
{
    /// <summary>What the script imports from its own directory.</summary>
    internal static readonly string[] Packages = ["wan", "src", "kokoro"];

    /// <summary>Looks.</summary>
    public static CheckoutFacts Look(RunnerOptions options)
    {
        var directory = options.CheckoutDirectory;
        var text = "";
        try
        {
            if (directory.Length > 0 && File.Exists(Path.Combine(directory, ColabLayout.Script)))
                text = File.ReadAllText(Path.Combine(directory, ColabLayout.Script));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It cannot be run either: as good as none.
        }

        var known = Flag().Matches(text).Select(match => match.Groups[1].Value).ToHashSet();
        return new(directory, text.Length > 0, UpstreamImport().IsMatch(text), [.. ScriptArguments.Flags.Where(flag => !known.Contains(flag))],
            [.. Packages.Where(package => directory.Length == 0 || !System.IO.Directory.Exists(Path.Combine(directory, package)))]);
    }

    /// <summary>A directory with a script, for a workspace to link: the one that is set, else the preview's.</summary>
    public static string Usable(RunnerOptions options) =>
        options.CheckoutDirectory is { Length: > 0 } set && File.Exists(Path.Combine(set, ColabLayout.Script)) ? set : new RunnerOptions().CheckoutDirectory;

    [GeneratedRegex("[\"'](--[a-z0-9_]+)[\"']")]
    private static partial Regex Flag();

    [GeneratedRegex(@"^\s*(import wan\b|from wan\b)", RegexOptions.Multiline)]
    private static partial Regex UpstreamImport();
}

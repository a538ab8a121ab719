using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace MultiTalk.Tests.Docs;

/// <summary>
/// The examples of a document as a reader runs them: programs are saved, commands are pasted into one shell, one after the other.
/// </summary>
internal static class ShellSession
{
    private const string Mark = "\u001e";

    /// <summary>Runs them until one fails.</summary>
    /// <param name="directory">Where. It also holds what the session leaves.</param>
    /// <param name="examples">Those of a document.</param>
    /// <param name="environment">What the reader has set before.</param>
    /// <param name="cancellationToken">Ends the session and all that it started.</param>
    /// <returns>What is wrong; null if each ran, and printed what the document shows.</returns>
    public static async Task<string?> RunAsync(
        string directory, IReadOnlyList<Example> examples, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var (script, output, errors) = (Path.Combine(directory, ".script"), Path.Combine(directory, ".output"), Path.Combine(directory, ".errors"));
        await File.WriteAllTextAsync(script, Script(examples), cancellationToken);

        var start = new ProcessStartInfo("bash", [script]) { WorkingDirectory = directory };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var shell = Process.Start(start)!;
        try
        {
            await shell.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            shell.Kill(entireProcessTree: true);
            await shell.WaitForExitAsync(CancellationToken.None);
        }

        // What each printed, by its number.
        var printed = (await File.ReadAllTextAsync(output, CancellationToken.None)).Split(Mark, StringSplitOptions.RemoveEmptyEntries)
            .Select(part => part.Split('\n', 2)).ToDictionary(part => int.Parse(part[0], CultureInfo.InvariantCulture), part => part[1]);
        var last = printed.Keys.Max();
        if (shell.ExitCode != 0)
        {
            var how = cancellationToken.IsCancellationRequested ? "did not end" : FormattableString.Invariant($"ended with {shell.ExitCode}");
            return $"The block in line {examples[last].Line} {how}:\n{printed[last]}{await File.ReadAllTextAsync(errors, CancellationToken.None)}";
        }

        return examples.Index().Where(example => IsOutput(example.Item) && !example.Item.Shows(printed[example.Index - 1]))
            .Select(example => $"Line {example.Item.Line} shows something else than was printed:\n{printed[example.Index - 1]}").FirstOrDefault();
    }

    /// <summary>Whether a block shows what the one before it printed.</summary>
    public static bool IsOutput(Example example) => example.Language is "text" or "json";

    private static string Script(IReadOnlyList<Example> examples)
    {
        // Into files: a program in the background that keeps a pipe open would hold up its reader. No program outlives the session.
        var script = new StringBuilder("set -euo pipefail\nexec < /dev/null > .output 2> .errors\ntrap 'kill $(jobs -p) 2> /dev/null || true; wait' EXIT\n");
        foreach (var (index, example) in examples.Index())
        {
            if (example.File is { } file)
                script.Append(CultureInfo.InvariantCulture, $"cat > {file} <<'{Mark}'\n{example.Text}{Mark}\n");
            else if (!IsOutput(example))
                script.Append(CultureInfo.InvariantCulture, $"printf '{Mark}{index}\\n'\n{example.Text}");
        }

        return script.ToString();
    }
}

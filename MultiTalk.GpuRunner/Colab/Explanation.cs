using MultiTalk.GpuRunner.Execution;

namespace MultiTalk.GpuRunner.Colab;

/// <summary>A run beside Colab's: its command, its environment and its tree, line by line.</summary>
/// <param name="Command">The interpreter, the script, and each flag with its values.</param>
/// <param name="Environment">Variables.</param>
/// <param name="Tree">Paths below the working directory.</param>
public sealed record Explanation(IReadOnlyList<ExplainedLine> Command, IReadOnlyList<ExplainedLine> Environment, IReadOnlyList<ExplainedLine> Tree)
{
    private const string Absent = "not set";

    /// <summary>Compares a prepared run with the notebook's.</summary>
    /// <param name="directory">Its working directory.</param>
    /// <param name="command">What is started there.</param>
    public static Explanation Of(string directory, ScriptCommand command) => new([.. Commands(command)], [.. Variables(command)], [.. Paths(directory)]);

    private static IEnumerable<ExplainedLine> Commands(ScriptCommand command)
    {
        yield return new(ColabCommand.Program, command.Program, Path.GetFileName(command.Program) == ColabCommand.Program);
        var (colab, here) = (Flags(ColabCommand.Arguments), Flags(command.Arguments));
        foreach (var (flag, text) in here)
        {
            var there = colab.GetValueOrDefault(flag);
            yield return new(there, text, there == text || there?.EndsWith(ColabCommand.ByGpu, StringComparison.Ordinal) == true);
        }

        foreach (var (flag, text) in colab.Where(entry => !here.ContainsKey(entry.Key)))
            yield return new(text, null, false);
    }

    // A flag with its values is a line; what stands before the script starts it on several cards.
    private static OrderedDictionary<string, string> Flags(IReadOnlyList<string> arguments)
    {
        var lines = new OrderedDictionary<string, string>();
        foreach (var argument in arguments)
        {
            if (lines.Count == 0 || argument.StartsWith('-') || argument == ColabLayout.Script)
                lines[argument] = argument;
            else
                lines.SetAt(lines.Count - 1, $"{lines.GetAt(lines.Count - 1).Value} {argument}");
        }

        return lines;
    }

    private static IEnumerable<ExplainedLine> Variables(ScriptCommand command)
    {
        yield return new($"PYTHONPATH {Absent}", command.Environment.TryGetValue("PYTHONPATH", out var path) ? $"PYTHONPATH={path}" : $"PYTHONPATH {Absent}", path is null);
        foreach (var (name, value) in command.Environment)
        {
            var own = System.Environment.GetEnvironmentVariable(name) == value;
            yield return new(own ? $"{name}, the machine's own" : null, $"{name}={value}", own);
        }
    }

    private static IEnumerable<ExplainedLine> Paths(string directory)
    {
        var here = Entries(directory, "", depth: 3).ToDictionary(entry => entry.Path, entry => entry.Text);
        var colab = ColabLayout.Tree.ToHashSet();
        foreach (var path in colab.Union(here.Keys).Order(StringComparer.Ordinal))
            yield return new(colab.Contains(path) ? path : null, here.GetValueOrDefault(path), here.ContainsKey(path) && (colab.Contains(path) || IsDetail(path)));
    }

    // Below a model folder, and what upstream itself writes.
    private static bool IsDetail(string path) => path.StartsWith(ColabLayout.Weights + "/", StringComparison.Ordinal) && path.Count(letter => letter == '/') > 1;

    private static IEnumerable<(string Path, string Text)> Entries(string directory, string prefix, int depth)
    {
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            var path = prefix + entry.Name;
            yield return (path, entry.LinkTarget is { } target ? $"{path} -> {target}{(FileFault.IsBrokenLink(entry) ? " (nothing there)" : "")}" : path);
            if (entry is DirectoryInfo { LinkTarget: null } && depth > 1)
            {
                foreach (var below in Entries(entry.FullName, path + "/", depth - 1))
                    yield return below;
            }
        }
    }
}

/// <summary>One line of a comparison.</summary>
/// <param name="Colab">As it is there; null where it is not.</param>
/// <param name="Here">As it is here; null where it is not.</param>
/// <param name="Same">Whether both mean the same.</param>
public sealed record ExplainedLine(string? Colab, string? Here, bool Same);

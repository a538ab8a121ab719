using MultiTalk.GpuRunner.Colab;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>Writes <c>rerun.sh</c> into a workspace: it repeats the run by hand, with the same directory, command and environment.</summary>
public static class Rerun
{
    /// <summary>The name of the file.</summary>
    public const string Name = "rerun.sh";

    /// <summary>What a run that was stopped leaves in the script's directory: upstream's last step fails over the second.</summary>
    public static IReadOnlyList<string> LeftOvers { get; } = [ColabLayout.Output, "output-temp.mp4", "output-cropaudio.wav"];

    /// <summary>Writes it.</summary>
    public static void Write(Workspace workspace, ScriptCommand command)
    {
        var path = Path.Combine(workspace.Home, Name);
        File.WriteAllText(path, Text(command));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.UserExecute);
    }

    /// <summary>Deletes what an earlier run has left, so that the next starts as the first did.</summary>
    public static void Clear(Workspace workspace)
    {
        foreach (var name in LeftOvers)
            File.Delete(workspace.PathOf(name));
    }

    // What it writes goes to the screen and, like that of a run, beside the script's directory: then it can be collected.
    private static string Text(ScriptCommand command) =>
        $$"""
        #!/bin/sh
        # Repeats this run by hand. The links lead to the checkout and the model volume where the runner had them.
        cd "$(dirname "$0")/MultiTalk" || exit
        rm -f {{string.Join(' ', LeftOvers)}} ../{{RunRecord.ExitCode}}
        script() {
          env -i \
        {{string.Concat(command.Environment.Select(variable => $"    {variable.Key}={Quote(variable.Value)} \\\n"))}}    {{Quote(command.Program)}} {{string.Join(' ', command.Arguments.Select(Quote))}} < /dev/null
          echo $? > ../{{RunRecord.ExitCode}}
        }
        { script 2>&1 >&3 | tee ../{{RunLogs.Errors}} >&2; } 3>&1 | tee ../{{RunLogs.Output}}
        exit "$(cat ../{{RunRecord.ExitCode}})"

        """;

    // For a shell: nothing but a quote means anything between single quotes.
    private static string Quote(string text) => text.Length > 0 && text.All(IsPlain) ? text : $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    private static bool IsPlain(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '/' or '.' or '_' or '-' or ':' or ',' or '=' or '@' or '%' or '+';
}

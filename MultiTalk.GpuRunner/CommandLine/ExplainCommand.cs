using System.CommandLine;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Execution;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary><c>explain</c>: a prepared run beside Colab's.</summary>
internal sealed class ExplainCommand : Command
{
    private readonly Option<string> _workspace = WorkspaceOption.Create();

    public ExplainCommand()
        : base("explain", $"Prints the command, the environment and the tree of a prepared run beside Colab's, line by line. {ExitCode.Help}")
    {
        Options.Add(_workspace);
        SetAction((parsed, _) => Failures.ExplainAsync(() => Task.FromResult(Run(parsed))));
    }

    private int Run(ParseResult parsed)
    {
        using var workspace = parsed.Open(_workspace);
        var explanation = Explanation.Of(workspace.Directory, ScriptCommand.Of(LocalOptions.Read(), RunRecord.Read(workspace).Plan));
        Print("Command", explanation.Command);
        Print("Environment", explanation.Environment);
        Print($"Tree of {workspace.Directory}", explanation.Tree);
        return ExitCode.Success;
    }

    // Plain lines: they are to be copied and compared, so nothing is wrapped or cut.
    private static void Print(string title, IReadOnlyList<ExplainedLine> lines)
    {
        var width = lines.Max(line => line.Colab?.Length ?? 0);
        Console.WriteLine(title);
        Console.WriteLine($"    {"on Colab".PadRight(width)}   here");
        foreach (var line in lines)
            Console.WriteLine($"  {Mark(line)} {(line.Colab ?? "").PadRight(width)}   {line.Here}".TrimEnd());
        Console.WriteLine();
    }

    private static char Mark(ExplainedLine line) => line switch
    {
        { Colab: null, Same: false } => '+',
        { Here: null } => '-',
        { Same: false } => '≠',
        _ => ' ',
    };
}

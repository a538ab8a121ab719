using System.CommandLine;
using MultiTalk.GpuRunner.Colab;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>The option that names the workspace of a run that is done step by step.</summary>
internal static class WorkspaceOption
{
    /// <summary>Makes it.</summary>
    public static Option<string> Create() => new("--workspace") { Description = "The directory of the run, as prepare made it, or as it was kept after a failure.", Required = true };

    /// <summary>Takes the workspace that it names.</summary>
    /// <exception cref="IOException">There is none, or it is in use.</exception>
    public static Workspace Open(this ParseResult parsed, Option<string> option)
    {
        var home = parsed.GetRequiredValue(option);
        try
        {
            return Workspace.Open(home);
        }
        catch (IOException exception) when (exception is not DirectoryNotFoundException)
        {
            throw new IOException($"{home} is in use: another command works in it ({exception.Message}) Wait until that one has ended.", exception);
        }
    }
}

using System.CommandLine;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>The option that names the workspace of a run that is done step by step.</summary>
internal static class WorkspaceOption
{
    // What the system says of a lock that another holds (errno(3)).
    private const int WouldBlock = 11;
    private const int WouldBlockOnMac = 35;

    /// <summary>Makes it.</summary>
    public static Option<string> Create() => new("--workspace") { Description = "The directory of the run, as prepare made it, or as it was kept after a failure.", Required = true };

    /// <summary>The directory that it names.</summary>
    /// <exception cref="InvalidRequestException">It is no path.</exception>
    public static string HomeOf(this ParseResult parsed, Option<string> option)
    {
        var path = parsed.GetRequiredValue(option);
        return string.IsNullOrWhiteSpace(path) || path.Contains('\0', StringComparison.Ordinal)
            ? throw new InvalidRequestException("workspace_invalid", "workspace", $"\"{path}\" is no directory.", "Name a directory.")
            : Path.GetFullPath(path);
    }

    /// <summary>Takes the workspace that it names.</summary>
    /// <exception cref="IOException">There is none, or it is in use.</exception>
    public static Workspace Open(this ParseResult parsed, Option<string> option)
    {
        var home = parsed.HomeOf(option);
        try
        {
            return Workspace.Open(home);
        }
        catch (IOException exception) when (exception.HResult is WouldBlock or WouldBlockOnMac)
        {
            throw new IOException($"{home} is in use: another command works in it ({exception.Message}) Wait until that one has ended.", exception);
        }
    }
}

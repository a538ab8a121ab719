namespace MultiTalk.GpuRunner.Execution;

/// <summary>A program that the runner starts is not installed; the message names the command that installs it.</summary>
public sealed class MissingProgramException(string program, string package, Exception cause)
    : Exception($"\"{program}\" cannot be started: {cause.Message} Install it (Debian and Ubuntu: apt-get install {package}; Fedora: dnf install {package}; macOS: brew install {package}) and see that it is on the PATH.", cause)
{
    /// <summary>The program, as it was called.</summary>
    public string Program { get; } = program;
}

using Microsoft.Extensions.Logging;

namespace MultiTalk.GpuRunner.Worker;

public sealed partial class Worker
{
    [LoggerMessage(1, LogLevel.Information, "Runner {Name} ({RunnerId}) runs the engine {Engine} for {Web}.")]
    private partial void LogRegistered(string name, string runnerId, string engine, Uri? web);

    [LoggerMessage(2, LogLevel.Warning, "The Web at {Web} gives no proper answer; trying again until it does. {Reason}")]
    private partial void LogUnreachable(Uri? web, string reason);

    [LoggerMessage(3, LogLevel.Error, "The Web at {Web} refuses the token. Set Runner:Token to a runner token that is valid there.")]
    private partial void LogRefused(Uri? web);

    [LoggerMessage(4, LogLevel.Information, "Swept {Count} workspaces that a killed runner had left.")]
    private partial void LogSwept(int count);

    [LoggerMessage(7, LogLevel.Information, "Deleted {Count} workspaces of failures that were kept long enough (Runner:KeepFailures).")]
    private partial void LogForgotten(int count);

    [LoggerMessage(6, LogLevel.Error, "The doctor met a fault of its own.")]
    private partial void LogDoctorFailed(Exception exception);

    [LoggerMessage(8, LogLevel.Warning, "The Web at {Web} could not be told that this runner stops; it will notice by itself. {Reason}")]
    private partial void LogNotLeft(Uri? web, string reason);

    [LoggerMessage(5, LogLevel.Error, "This runner is offered no jobs. {Blocker}")]
    private partial void LogBlocked(string blocker);
}

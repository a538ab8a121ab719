using Microsoft.Extensions.Logging;

namespace MultiTalk.GpuRunner.Worker;

public sealed partial class AttemptRunner
{
    [LoggerMessage(20, LogLevel.Information, "Started attempt {Attempt} at job {JobId}: {Segments} segments of {Steps} steps.")]
    private partial void LogStarted(string jobId, int attempt, int segments, int steps);

    [LoggerMessage(21, LogLevel.Information, "Job {JobId} succeeded: {Frames} frames, {Bytes} bytes.")]
    private partial void LogSucceeded(string jobId, int frames, long bytes);

    [LoggerMessage(22, LogLevel.Warning, "Job {JobId} failed: {Code}: {Title} {Cause}")]
    private partial void LogFailed(Exception? exception, string jobId, string code, string title, string cause);

    [LoggerMessage(23, LogLevel.Information, "Attempt {Attempt} at job {JobId} was canceled or given to another runner.")]
    private partial void LogFenced(string jobId, int attempt);

    [LoggerMessage(24, LogLevel.Information, "Gave job {JobId} back to the queue.")]
    private partial void LogReleased(string jobId);

    [LoggerMessage(25, LogLevel.Warning, "Job {JobId} could not be given back; the Web does that when this runner leaves or asks for work, or when the lease ends. {Reason}")]
    private partial void LogNotReleased(string jobId, string reason);

    [LoggerMessage(26, LogLevel.Warning, "Job {JobId}: the Web gives no proper answer; trying again for a while. {Reason}")]
    private partial void LogRetrying(string jobId, string reason);
}

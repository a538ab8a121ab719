using Microsoft.AspNetCore.Diagnostics;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.GpuRunner.Media;
using MultiTalk.Web.Jobs;
using MultiTalk.Web.Media;

namespace MultiTalk.Web.Api;

/// <summary>Answers exceptions that have a meaning for the caller; the others stay errors of ours, without detail.</summary>
internal sealed partial class ProblemHandler(ILogger<ProblemHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var answer = exception switch
        {
            InvalidRequestException invalid => Problems.Invalid(invalid),
            UploadTooLargeException large => Problems.TooLarge(large.Field, large.MaxBytes),
            DiskFullException => Problems.StorageFull(),
            _ when RedisConnection.IsAway(exception) => StoreAway(exception),
            MissingProgramException missing => Problems.ProgramMissing(missing.Message),
            BadHttpRequestException bad => Problems.Bad(bad),
            _ => null,
        };
        if (answer is null)
            return false;

        await answer.ExecuteAsync(httpContext);
        return true;
    }

    private IResult StoreAway(Exception exception)
    {
        // Every request says so while Redis is away: one line each, without a stack of libraries.
        LogStoreAway(exception.Message);
        return Problems.StoreAway();
    }

    [LoggerMessage(1201, LogLevel.Error, "Redis did not answer a request: {Reason}")]
    private partial void LogStoreAway(string reason);
}

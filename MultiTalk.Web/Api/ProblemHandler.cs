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
    // About as long as a restart of Redis takes.
    private const string RetryAfterSeconds = "3";

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var answer = exception switch
        {
            InvalidRequestException invalid => Problems.Invalid(invalid),
            UploadTooLargeException large => Problems.TooLarge(large.Field, large.MaxBytes),
            DiskFullException => Problems.StorageFull(),
            _ when RedisConnection.IsFull(exception) => StoreFull(exception),
            _ when RedisConnection.IsAway(exception) => StoreAway(httpContext, exception),
            MediaUnavailableException away => MediaAway(httpContext, away),
            MissingProgramException missing => Problems.ProgramMissing(missing.Message),
            BadHttpRequestException bad => Problems.Bad(bad),
            // The framework has no exception of its own for that.
            InvalidOperationException when HasUnknownCharset(httpContext.Request) => Problems.TypeUnsupported(),
            _ => null,
        };
        if (answer is null)
            return false;

        await answer.ExecuteAsync(httpContext);
        return true;
    }

    private static bool HasUnknownCharset(HttpRequest request) => request.GetTypedHeaders().ContentType is { Charset.Length: > 0, Encoding: null };

    private IResult StoreAway(HttpContext httpContext, Exception exception)
    {
        httpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
        // Every request says so while Redis is away: one line each, without a stack of libraries.
        LogStoreAway(exception.Message);
        return Problems.StoreAway();
    }

    private IResult MediaAway(HttpContext httpContext, MediaUnavailableException exception)
    {
        httpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
        LogMediaAway(exception.Reason);
        return Problems.MediaAway();
    }

    private IResult StoreFull(Exception exception)
    {
        LogStoreFull(exception.Message);
        return Problems.StoreFull();
    }

    [LoggerMessage(1202, LogLevel.Error, "Redis takes nothing new: {Reason} Raise its maxmemory, make room on its disk, or shorten Jobs:Retention.")]
    private partial void LogStoreFull(string reason);

    [LoggerMessage(1203, LogLevel.Error, "The media store did not do what a request needs: {Reason}")]
    private partial void LogMediaAway(string reason);

    [LoggerMessage(1201, LogLevel.Error, "Redis did not answer a request: {Reason}")]
    private partial void LogStoreAway(string reason);
}

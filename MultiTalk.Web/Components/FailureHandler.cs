using Microsoft.AspNetCore.Diagnostics;
using MultiTalk.Web.Components.Pages;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Components;

/// <summary>Answers a page's exception with a page; what programs asked for is left to the API's handler.</summary>
internal sealed class FailureHandler : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (!httpContext.Request.AsksForPage())
            return false;

        // The page that failed has used its services up: a renderer starts once in a scope.
        await using var scope = httpContext.RequestServices.CreateAsyncScope();
        httpContext.RequestServices = scope.ServiceProvider;
        var storeAway = RedisConnection.IsAway(exception);
        await StudioServices.Page<FailurePage>(storeAway ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status500InternalServerError)
            .ExecuteAsync(httpContext);
        return true;
    }
}

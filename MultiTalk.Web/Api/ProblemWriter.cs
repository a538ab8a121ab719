using System.Diagnostics;

namespace MultiTalk.Web.Api;

/// <summary>
/// Writes every problem, the framework's own too, whatever the client accepts: a program that asked for a video understands an
/// error better than an empty answer (RFC 9110, 12.5.1). What has no code yet gets that of its status.
/// </summary>
internal sealed class ProblemWriter : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => true;

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var (response, problem) = (context.HttpContext.Response, context.ProblemDetails);
        if (!problem.Extensions.ContainsKey("code"))
            problem = Problems.OfStatus(response.StatusCode);
        problem.Extensions["traceId"] = Activity.Current?.Id ?? context.HttpContext.TraceIdentifier;
        await response.WriteAsJsonAsync(problem, options: null, "application/problem+json", context.HttpContext.RequestAborted);
    }
}

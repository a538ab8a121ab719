using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Web.Api;

namespace MultiTalk.Web.Access;

/// <summary>Lets nobody speak for another's runner, whichever way an endpoint of the runner protocol names it.</summary>
internal sealed class RunnerIdentity(AccessStore store) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var token = http.User.FindFirst(Policies.OwnTokenClaim)?.Value;
        var registering = context.Arguments.OfType<RegisterRequest>().FirstOrDefault();
        var runner = http.Request.RouteValues["runner"] as string
            ?? registering?.RunnerId
            ?? context.Arguments.OfType<ClaimRequest>().FirstOrDefault()?.RunnerId
            ?? context.Arguments.OfType<LeaveRequest>().FirstOrDefault()?.RunnerId
            ?? throw new InvalidOperationException($"{http.GetEndpoint()?.DisplayName} names no runner. Add how it does to {nameof(RunnerIdentity)}.");
        // What is no id at all is answered by the endpoint.
        if (!JobIdConstraint.Matches(runner) || (registering is not null && !RunnerRules.AreSound(registering)))
            return await next(context);
        return await (registering is null ? store.MaySpeakAsync(token, runner) : store.TakeRunnerAsync(token, runner))
            ? await next(context)
            : Problems.RunnerNotYours();
    }
}

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing.Template;
using MultiTalk.Web.Access;
using MultiTalk.Web.Components;
using MultiTalk.Web.Components.Pages;

namespace MultiTalk.Web.Api;

/// <summary>
/// Says of a request that no endpoint takes whether the address, the method or the type of the body is wrong. It stands behind routing: an
/// endpoint for everything among the others would be preferred to one that takes JSON or nothing.
/// </summary>
internal sealed class NoSuchAddress(EndpointDataSource endpoints, IInlineConstraintResolver constraints)
{
    // One for all requests, for what is found out about an endpoint is kept. Strangers learn nothing of addresses.
    private static readonly Endpoint _none = new(AnswerAsync, new(new AuthorizeAttribute(Policies.Known)), nameof(NoSuchAddress));

    /// <summary>Takes the place of no endpoint, and of those with which routing itself refuses a request without a word. To be used before access control.</summary>
    public static Task UseAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint() is not RouteEndpoint)
            context.SetEndpoint(_none);
        return next(context);
    }

    private static Task AnswerAsync(HttpContext context) => context.Request.AsksForPage()
        ? StudioServices.Page<NotFoundPage>(StatusCodes.Status404NotFound).ExecuteAsync(context)
        : context.RequestServices.GetRequiredService<NoSuchAddress>().Answer(context).ExecuteAsync(context);

    private IResult Answer(HttpContext context)
    {
        var there = endpoints.Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Order != int.MaxValue && IsAt(endpoint, context))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])
            .Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal).ToList();
        if (there.Count == 0)
            return Problems.NothingHere();
        if (there.Contains(context.Request.Method, StringComparer.OrdinalIgnoreCase))
            return Problems.TypeUnsupported();
        context.Response.Headers.Allow = string.Join(", ", there);
        return Problems.MethodNotAllowed();
    }

    private bool IsAt(RouteEndpoint endpoint, HttpContext context)
    {
        var template = new RouteTemplate(endpoint.RoutePattern);
        var values = new RouteValueDictionary();
        return new TemplateMatcher(template, []).TryMatch(context.Request.Path, values)
            && template.Parameters.All(parameter => parameter.InlineConstraints.All(constraint =>
                constraints.ResolveConstraint(constraint.Constraint)?.Match(context, null, parameter.Name!, values, RouteDirection.IncomingRequest) != false));
    }
}

using Microsoft.AspNetCore.Routing.Template;

namespace MultiTalk.Web.Api;

/// <summary>
/// Says of a request that no endpoint takes whether the address, the method or the type of the body is wrong. It is an endpoint
/// itself (for any method), so routing, which leaves those that do not fit out one after the other, ends here.
/// </summary>
internal sealed class NoSuchAddress(EndpointDataSource endpoints, IInlineConstraintResolver constraints)
{
    /// <summary>The problem of such a request.</summary>
    public IResult Answer(HttpContext context)
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

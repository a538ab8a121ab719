namespace MultiTalk.Web.Api;

/// <summary>Lets only ids of ours reach an endpoint: they become part of keys and paths.</summary>
internal sealed class JobIdConstraint : IRouteConstraint
{
    /// <summary>Its name in a route.</summary>
    public const string Name = "job";

    /// <summary>The part of a route that names a job.</summary>
    public const string Segment = "{id:" + Name + "}";

    private const int Digits = 32;

    public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
        values[routeKey] is string id && Matches(id);

    /// <summary>Whether a text is such an id.</summary>
    public static bool Matches(string id) => id.Length == Digits && id.All(char.IsAsciiHexDigitLower);
}

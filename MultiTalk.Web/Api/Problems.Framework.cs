using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace MultiTalk.Web.Api;

/// <summary>What the framework refuses before an endpoint sees it.</summary>
internal static partial class Problems
{
    public static IResult NothingHere() => Problem(
        StatusCodes.Status404NotFound, "not_found", "There is nothing at this address.", "Look at /docs for the addresses that there are.");

    public static IResult MethodNotAllowed() => Problem(
        StatusCodes.Status405MethodNotAllowed, "method_not_allowed", "This address does not know that method.", "Use one of those in the header Allow.");

    public static IResult NotAcceptable() => Problem(
        StatusCodes.Status406NotAcceptable, "not_acceptable", "Nothing of what the client accepts can be sent.", "Leave the header Accept out, or accept application/json.");

    public static IResult TypeUnsupported() => Problem(
        StatusCodes.Status415UnsupportedMediaType, "media_type_unsupported", "The body is of a type that this address does not take.", "Send the Content-Type that /docs names, for instance application/json.");

    public static IResult PreconditionFailed() => Problem(
        StatusCodes.Status412PreconditionFailed, "precondition_failed", "It has changed since you looked.", "Get it again, and send its new ETag as If-Match.");

    public static IResult RangeUnsatisfiable() => Problem(
        StatusCodes.Status416RangeNotSatisfiable, "range_unsatisfiable", "The range lies behind the end.", "Look at the header Content-Range for the length.");

    public static IResult TooSlow() => Problem(
        StatusCodes.Status503ServiceUnavailable, "request_timeout", "The request took too long and was given up.", "Try again; if it lasts, ask the operator.");

    public static IResult Internal() => Problem(
        StatusCodes.Status500InternalServerError, "internal_error", "Something is broken on the server.", "Tell the operator the traceId; the log says more.");

    public static IResult NotUnderstood() => Problem(
        StatusCodes.Status400BadRequest, "bad_request", "The request cannot be understood.", "Look at /docs for what this address takes.");

    /// <summary>The problem of a bare status.</summary>
    public static ProblemDetails OfStatus(int status)
    {
        var problem = status switch
        {
            StatusCodes.Status401Unauthorized => Unauthorized(),
            StatusCodes.Status403Forbidden => Forbidden(),
            StatusCodes.Status404NotFound => NothingHere(),
            StatusCodes.Status405MethodNotAllowed => MethodNotAllowed(),
            StatusCodes.Status406NotAcceptable => NotAcceptable(),
            StatusCodes.Status408RequestTimeout => UploadTooSlow(),
            StatusCodes.Status412PreconditionFailed => PreconditionFailed(),
            StatusCodes.Status413PayloadTooLarge => MessageTooLarge(),
            StatusCodes.Status415UnsupportedMediaType => TypeUnsupported(),
            StatusCodes.Status416RangeNotSatisfiable => RangeUnsatisfiable(),
            StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout => TooSlow(),
            >= 500 => Internal(),
            _ => NotUnderstood(),
        };
        var details = ((ProblemHttpResult)problem).ProblemDetails;
        details.Status = status;
        return details;
    }

    // A name and no address: it stays the same wherever the Web runs and whatever becomes of its documentation.
    private static string TypeOf(string code) => "urn:multitalk:problem:" + code;
}

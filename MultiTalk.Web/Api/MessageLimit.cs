using Microsoft.AspNetCore.Http.Timeouts;

namespace MultiTalk.Web.Api;

/// <summary>Limits ordinary endpoints: those that take some words of JSON, and no upload, and answer at once.</summary>
internal static class MessageLimit
{
    /// <summary>The time-out policy of ordinary requests.</summary>
    public const string OrdinaryTime = "ordinary";

    // Some words, and room for many more.
    private const long MaxBytes = 64 << 10;

    /// <summary>
    /// Refuses longer bodies and gives up slower requests, each with a problem. An endpoint's own <see cref="UploadLimit"/> takes
    /// precedence, and takes the time that it takes; so does one with <c>DisableRequestTimeout()</c>: a download, a stream, a long poll.
    /// </summary>
    /// <param name="endpoints">The endpoints.</param>
    /// <param name="maxBytes">Bytes.</param>
    public static TBuilder LimitMessages<TBuilder>(this TBuilder endpoints, long maxBytes = MaxBytes)
        where TBuilder : IEndpointConventionBuilder
    {
        var limit = new UploadLimit(maxBytes);
        endpoints.WithMetadata(limit, new RequestTimeoutAttribute(OrdinaryTime));
        endpoints.Finally(endpoint =>
        {
            if (endpoint.Metadata.OfType<UploadLimit>().LastOrDefault() != limit)
                endpoint.Metadata.Add(new DisableRequestTimeoutAttribute());
        });
        return endpoints;
    }
}

namespace MultiTalk.Web.Api;

/// <summary>Limits what is sent to endpoints that take some words of JSON, and no upload.</summary>
internal static class MessageLimit
{
    // Some words, and room for many more.
    private const long MaxBytes = 64 << 10;

    /// <summary>Refuses longer bodies with a problem; an endpoint's own <see cref="UploadLimit"/> takes precedence.</summary>
    /// <param name="endpoints">The endpoints.</param>
    /// <param name="maxBytes">Bytes.</param>
    public static TBuilder LimitMessages<TBuilder>(this TBuilder endpoints, long maxBytes = MaxBytes)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoints.WithMetadata(new UploadLimit(maxBytes));
        endpoints.Add(endpoint =>
        {
            var handle = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = async context =>
            {
                await handle(context);
                // Where the framework itself reads the body, it answers one that is too long with a bare status.
                if (context.Response is { HasStarted: false, StatusCode: StatusCodes.Status413PayloadTooLarge })
                    await Problems.MessageTooLarge().ExecuteAsync(context);
            };
        });
        return endpoints;
    }
}

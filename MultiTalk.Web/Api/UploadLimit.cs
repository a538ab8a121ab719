using Microsoft.AspNetCore.Http.Metadata;

namespace MultiTalk.Web.Api;

/// <summary>Lets a body of this size through to the endpoint, which has finer limits of its own.</summary>
/// <param name="maxBytes">Bytes; one picture and two voices with room for the form by default; null where the endpoint alone limits.</param>
internal sealed class UploadLimit(long? maxBytes = 512L << 20) : IRequestSizeLimitMetadata
{
    public long? MaxRequestBodySize { get; } = maxBytes;
}

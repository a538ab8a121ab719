using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace MultiTalk.Web.Api;

/// <summary>
/// JSON with an entity tag (RFC 9110, 8.8.3), so that whoever polls gets 304 while nothing has changed. The tag is a strong one, as
/// If-Match asks for: a hash of the bytes, after the sequence number of the thing's last event where it has one.
/// </summary>
internal static class EntityTags
{
    /// <summary>200 with a tag; 304 where the client has it already.</summary>
    /// <param name="context">The request.</param>
    /// <param name="document">The document.</param>
    /// <param name="sequence">Of the last event of what is shown; null for a list.</param>
    public static IResult Tagged<T>(HttpContext context, T document, long? sequence = null)
    {
        var options = context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        var json = JsonSerializer.SerializeToUtf8Bytes(document, options);
        var hash = Convert.ToHexStringLower(SHA256.HashData(json).AsSpan(..8));
        var tag = sequence is { } number ? string.Create(CultureInfo.InvariantCulture, $"\"{number}-{hash}\"") : $"\"{hash}\"";
        return Results.Bytes(json, "application/json; charset=utf-8", entityTag: new EntityTagHeaderValue(tag));
    }

    /// <summary>
    /// Whether a change may be made: there is no If-Match, or it names the state in which the thing still is. What its document says
    /// of the others around it (its place in the queue) may have changed.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="sequence">Of the last event of what is to be changed.</param>
    public static bool Holds(HttpRequest request, long sequence)
    {
        if (!request.Headers.ContainsKey(HeaderNames.IfMatch))
            return true;
        var prefix = string.Create(CultureInfo.InvariantCulture, $"\"{sequence}-");
        return request.GetTypedHeaders().IfMatch.Any(tag =>
            tag.Equals(EntityTagHeaderValue.Any) || (!tag.IsWeak && tag.Tag.StartsWith(prefix, StringComparison.Ordinal)));
    }
}

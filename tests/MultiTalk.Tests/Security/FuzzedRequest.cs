using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;

namespace MultiTalk.Tests.Security;

/// <summary>A request that nobody would write, made of what the API describes.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Path">Path and query, sent as they are.</param>
/// <param name="Headers">Headers, sent as they are.</param>
/// <param name="ContentType">The type of the body; null for no body.</param>
/// <param name="Body">The body.</param>
internal sealed record FuzzedRequest(string Method, string Path, IReadOnlyList<(string Name, string Value)> Headers, string? ContentType, string Body)
{
    private static readonly string[] _methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "get"];

    private static readonly string[] _odd =
    [
        "", "0", "-1", "99999999999999999999", "1e999", "null", "true", "NaN", "%00", "%2f", "%2e%2e%2f", "..", "%5c", "%25", "%", "%zz", "%c0%af", "%ff", "%F0%9F%98%80", "%ED%A0%80",
        "'", "\"", "<script>", "${7*7}", "{{7*7}}", "*", "?", "#", "[", "]", "{id}", "a:b", "-i", "--help", "|", ";", "%0d%0aX-Injected:%201", "0123456789abcdef0123456789abcdef",
        "0123456789ABCDEF0123456789ABCDEF", "%30123456789abcdef0123456789abcdef", new('a', 3000),
    ];

    private static readonly string[] _texts =
    [
        "\"\"", "null", "true", "0", "-1", "1e999", "1e-999", "-0", "99999999999999999999999999", "0.1", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u0000\"", "\"\\uFFFF\"", "[]", "{}",
        "[null]", "[[[[[[]]]]]]", "\"-f\"", "\"../../etc/passwd\"", "\"<img src=x onerror=1>\"", "\"2026-02-30T25:00:00Z\"", "NaN", "Infinity", "'x'", "\"\u0001\"", "{\"$ref\":\"#\"}", "{\"a\":1,\"a\":2}",
    ];

    private static readonly (string Name, string Value)[] _headers =
    [
        ("Accept", "image/png"), ("Accept", "text/html"), ("Accept", "*/*;q=nan"), ("Accept", ",,,;"), ("Accept-Encoding", "gzip;q=2, br, %"), ("If-None-Match", "*"), ("If-None-Match", "\"x\", W/\"y\", z"),
        ("If-Match", "\"1-2\""), ("If-Match", "nonsense"), ("If-Modified-Since", "never"), ("Range", "bytes=0-"), ("Range", "bytes=-99999999999999999999"), ("Range", "bytes=5-1,,0-0"),
        ("Last-Event-ID", "99999999999999999999"), ("Last-Event-ID", "-1"), ("Idempotency-Key", ""), ("Idempotency-Key", new string('k', 5000)), ("Idempotency-Key", "\"a"), ("Expect", "100-continue"),
        ("X-HTTP-Method-Override", "DELETE"), ("X-Forwarded-For", "127.0.0.1, \"x"), ("X-Forwarded-Proto", "javascript"), ("X-Original-URL", "/api/v1/keys"), ("Cookie", "multitalk=x; .AspNetCore.Antiforgery=y; a=;;=b"),
        ("Origin", "null"), ("Content-Encoding", "gzip"), ("traceparent", "00-zz-zz-zz"), ("tracestate", new string('t', 2000)), ("baggage", "a=%00"), ("Content-Length", "-1"), ("Transfer-Encoding", "gzip, chunked"),
        ("X-Antiforgery", "x"), ("Upgrade", "websocket"), ("Referer", "\u0001"), ("Accept-Language", new string('x', 9000)),
    ];

    private static readonly string[] _types =
    [
        "application/json", "application/json", "application/json", "application/json; charset=utf-16", "application/json; charset=nonsense", "application/merge-patch+json", "text/plain", "multipart/form-data",
        "multipart/form-data; boundary=B", "multipart/form-data; boundary=\"" + new string('b', 300) + "\"", "application/x-www-form-urlencoded", "application/octet-stream", "nonsense", "image/png",
    ];

    /// <summary>Requests to the endpoints of an OpenAPI document, and beside them.</summary>
    /// <param name="document">The document.</param>
    /// <param name="ids">Of things that are there.</param>
    public static Gen<FuzzedRequest> Gen(JsonDocument document, IReadOnlyList<string> ids)
    {
        var operations = Operations(document);
        var values = CsCheck.Gen.Frequency<string>((3, CsCheck.Gen.OneOf<string>([.. ids])), (4, CsCheck.Gen.OneOf<string>(_odd)), (1, CsCheck.Gen.String[0, 20].Select(Uri.EscapeDataString)));
        return
            from operation in CsCheck.Gen.OneOf<Operation>([.. operations])
            from method in CsCheck.Gen.Frequency<string>((5, CsCheck.Gen.Const(operation.Method)), (1, CsCheck.Gen.OneOf<string>(_methods)))
            from segments in values.Array[4]
            from tail in CsCheck.Gen.Frequency<string>((6, CsCheck.Gen.Const("")), (1, values.Select(value => "/" + value)), (1, CsCheck.Gen.Const("/")), (1, CsCheck.Gen.Const("//")), (1, CsCheck.Gen.Const("/.")))
            from query in CsCheck.Gen.Select(CsCheck.Gen.OneOf<string>([.. operation.Queries, "x", "%00", ""]), values, (name, value) => $"{name}={value}").Array[0, 4]
            from headers in CsCheck.Gen.OneOf<(string Name, string Value)>(_headers).Array[0, 3]
            from type in CsCheck.Gen.Frequency<string?>((1, CsCheck.Gen.Const((string?)null)), (5, CsCheck.Gen.OneOf<string>(_types).Select(type => (string?)type)))
            from body in CsCheck.Gen.Frequency<string>((6, operation.Body is { } schema ? Json(document, schema, 0) : CsCheck.Gen.OneOf<string>(_texts)), (2, Broken), (1, CsCheck.Gen.String[0, 200]))
            select new FuzzedRequest(method, Filled(operation.Path, segments) + tail + (query.Length == 0 ? "" : "?" + string.Join('&', query)), headers, type, body);
    }

    /// <summary>Whether a page may be the answer.</summary>
    public bool AsksForPage => !Path.StartsWith("/api/", StringComparison.Ordinal) && Headers.Contains(("Accept", "text/html"));

    /// <summary>The message as it is sent.</summary>
    public HttpRequestMessage Message(Uri address)
    {
        var message = new HttpRequestMessage(new(Method), new Uri($"{address.GetLeftPart(UriPartial.Authority)}{Path.Replace("#", "%23", StringComparison.Ordinal).Replace(" ", "%20", StringComparison.Ordinal)}",
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        if (ContentType is not null)
        {
            message.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Body));
            message.Content.Headers.TryAddWithoutValidation("Content-Type", ContentType);
        }

        foreach (var (name, value) in Headers.Where(header => header.Name is not ("Content-Length" or "Transfer-Encoding" or "Expect")))
            _ = message.Headers.TryAddWithoutValidation(name, value) || message.Content?.Headers.TryAddWithoutValidation(name, value) == true;
        return message;
    }

    private static Gen<string> Broken { get; } = CsCheck.Gen.OneOf<string>(
        CsCheck.Gen.OneOf<string>(_texts),
        CsCheck.Gen.Int[1, 5000].Select(depth => new string('[', depth)),
        CsCheck.Gen.Int[1, 3000].Select(depth => string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth)),
        CsCheck.Gen.Int[60_000, 80_000].Select(length => $"\"{new string('x', length)}\""),
        CsCheck.Gen.Int[1, 400].Select(digits => new string('9', digits)),
        CsCheck.Gen.Int[0, 3].Select(parts => string.Concat(Enumerable.Repeat("--B\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\nx\r\n", parts)) + (parts == 2 ? "--B--" : "")));

    // What fits the schema, with something that does not here and there.
    private static Gen<string> Json(JsonDocument document, JsonElement schema, int depth)
    {
        if (schema.TryGetProperty("$ref", out var reference))
            schema = document.RootElement.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]);
        var odd = CsCheck.Gen.OneOf<string>(_texts);
        if (depth > 4)
            return odd;
        var right = schema switch
        {
            _ when schema.TryGetProperty("properties", out var properties) => Object(document, properties, depth),
            _ when schema.TryGetProperty("items", out var items) => Json(document, items, depth + 1).Array[0, 4].Select(all => $"[{string.Join(',', all)}]"),
            _ when schema.TryGetProperty("enum", out var names) => CsCheck.Gen.OneOf<string>([.. names.EnumerateArray().Select(name => name.GetRawText())]),
            _ when Is("integer") => CsCheck.Gen.Long.Select(number => number.ToString(CultureInfo.InvariantCulture)),
            _ when Is("number") => CsCheck.Gen.Double.Select(number => double.IsFinite(number) ? number.ToString("R", CultureInfo.InvariantCulture) : "1e400"),
            _ when Is("boolean") => CsCheck.Gen.OneOf<string>("true", "false"),
            _ when Is("string") => CsCheck.Gen.String[0, 40].Select(text => JsonSerializer.Serialize(text)),
            _ => odd,
        };
        return CsCheck.Gen.Frequency<string>((5, right), (1, odd));

        bool Is(string type) => schema.TryGetProperty("type", out var named) && named.GetRawText().Contains($"\"{type}\"", StringComparison.Ordinal);
    }

    private static Gen<string> Object(JsonDocument document, JsonElement properties, int depth) => properties.EnumerateObject().Aggregate(
        CsCheck.Gen.Const(""),
        (text, property) => CsCheck.Gen.Select(text, CsCheck.Gen.Bool, Json(document, property.Value, depth + 1), (so, there, value) => there ? $"{so}{(so.Length == 0 ? "" : ",")}\"{property.Name}\":{value}" : so))
        .Select(text => $"{{{text}}}");

    private static string Filled(string path, string[] values)
    {
        var next = 0;
        return string.Join('/', path.Split('/').Select(segment => segment.StartsWith('{') ? values[next++ % values.Length] : segment));
    }

    private static List<Operation> Operations(JsonDocument document) =>
    [
        .. from path in document.RootElement.GetProperty("paths").EnumerateObject()
           from operation in path.Value.EnumerateObject()
           where operation.Value.ValueKind == JsonValueKind.Object
           select new Operation(
               operation.Name.ToUpperInvariant(),
               path.Name,
               operation.Value.TryGetProperty("parameters", out var parameters)
                   ? [.. parameters.EnumerateArray().Where(parameter => parameter.GetProperty("in").GetString() == "query").Select(parameter => parameter.GetProperty("name").GetString()!)]
                   : [],
               operation.Value.TryGetProperty("requestBody", out var body) && body.GetProperty("content").TryGetProperty("application/json", out var json) ? json.GetProperty("schema") : null),
        new("POST", "/runner/v1/claim", [], null), new("POST", "/runner/v1/register", [], null), new("GET", "/sign-in", ["token"], null), new("GET", "/", [], null), new("GET", "/openapi/{name}.json", [], null),
        new("POST", "/runner/v1/runners/{runner}/jobs/{id}/attempts/{attempt}/heartbeat", [], null), new("GET", "/docs/{name}", [], null), new("GET", "/health", [], null), new("GET", "/{name}/{name}", [], null),
    ];

    private sealed record Operation(string Method, string Path, string[] Queries, JsonElement? Body);
}

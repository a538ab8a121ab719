using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Web.Media;

/// <summary>A submission in JSON, and the JSON in a form: read strictly, with problems that name the field.</summary>
internal static class SubmissionJson
{
    private const int MaxBytes = 256 << 10;

    // Those whose own members problems name.
    private static readonly Dictionary<string, IList<JsonPropertyInfo>> _parts = new()
    {
        ["options"] = ContractsJson.Default.GenerationOptions.Properties,
        ["speakers"] = MediaJson.Default.SpeakerPart.Properties,
        ["webhook"] = MediaJson.Default.JobWebhook.Properties,
    };

    /// <summary>Whether a request says that it is JSON.</summary>
    public static bool Is(HttpRequest request) => request.HasJsonContentType();

    /// <summary>Reads the whole request.</summary>
    /// <exception cref="InvalidRequestException">It is no JSON object of known members, or one is there twice.</exception>
    /// <exception cref="UploadTooLargeException">It is too long for words and addresses.</exception>
    public static async Task<SubmissionContent> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var body = await Bounded.ReadAsync(request.Body, "body", MaxBytes, cancellationToken);
        SubmissionDocument document;
        try
        {
            document = JsonSerializer.Deserialize(body, MediaJson.Default.SubmissionDocument) ?? new();
        }
        catch (JsonException exception)
        {
            var path = (exception.Path ?? "").TrimStart('$').TrimStart('.');
            var part = _parts.Keys.FirstOrDefault(part => path.StartsWith(part, StringComparison.Ordinal) && (path.Length == part.Length || path[part.Length] is '.' or '['));
            throw part is null ? Unknown("body", path, MediaJson.Default.SubmissionDocument.Properties, isArray: false) : Unknown(part, path[part.Length..], _parts[part], part == "speakers");
        }

        var inputs = new[] { document.Image, document.Voice1, document.Voice2 }.Zip(SubmissionContent.Files).Where(input => input.First is not null)
            .ToDictionary(input => input.Second, input => InputSource.Parse(input.Second, input.First!));
        return new((document.Prompt ?? "").Trim(), document.Options ?? new(), document.Speakers, document.Priority ?? 0, inputs, document.Webhook);
    }

    /// <summary>Reads a part of a form.</summary>
    /// <returns>The default if there is none.</returns>
    /// <exception cref="InvalidRequestException"><c>options_invalid</c>, <c>speakers_invalid</c>, <c>webhook_invalid</c> or <c>priority_invalid</c>.</exception>
    public static T? Read<T>(string name, string? json, JsonTypeInfo<T> type)
    {
        if (string.IsNullOrWhiteSpace(json))
            return default;
        try
        {
            return JsonSerializer.Deserialize(json, type);
        }
        catch (JsonException) when (!_parts.ContainsKey(name))
        {
            throw new InvalidRequestException(name + "_invalid", name, $"The {name} is no whole number.", "Send a whole number from -10 to 10.");
        }
        catch (JsonException exception)
        {
            throw Unknown(name, exception.Path is { Length: > 2 } path ? path.TrimStart('$') : "", _parts[name], type.Kind == JsonTypeInfoKind.Enumerable);
        }
    }

    private static InvalidRequestException Unknown(string name, string at, IEnumerable<JsonPropertyInfo> known, bool isArray)
    {
        var what = isArray ? "JSON array of objects" : "JSON object";
        var field = name == "body" && at.Length > 0 ? at : name + at;
        return new(
            name + "_invalid", field,
            at.Length == 0 ? $"\"{name}\" is no {what}, or a member is there twice." : $"\"{at.TrimStart('.')}\" is not known, is there twice, or its value has the wrong type.",
            $"Send a {what} with some of: {string.Join(", ", known.Select(property => property.Name))}.");
    }
}

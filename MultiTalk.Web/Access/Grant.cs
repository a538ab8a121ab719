using System.Text.Json;
using System.Text.Json.Serialization;

namespace MultiTalk.Web.Access;

/// <summary>Whom a key or a sign-in link stands for.</summary>
/// <param name="Id">Of the key; shown, no secret.</param>
/// <param name="Owner">Whose jobs they are.</param>
/// <param name="Scopes">Some of <see cref="Access.Scopes"/>.</param>
public sealed record Grant(string Id, string Owner, IReadOnlyList<string> Scopes)
{
    /// <summary>What people call it; null for those of earlier versions.</summary>
    public string? Name { get; init; }

    /// <summary>When it was made; null for those of earlier versions.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>From when on it is refused; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>How much may be done with it; null for what is set for all.</summary>
    public Limits? Limits { get; init; }

    /// <summary>The id of the key that made it, or <c>person</c> for a session; null if it was not made over the API.</summary>
    public string? MadeBy { get; init; }
}

/// <summary>A token for one runner.</summary>
/// <param name="Id">Shown, no secret.</param>
/// <param name="Name">What people call it.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record RunnerToken(string Id, string Name, DateTimeOffset CreatedAt);

/// <summary>How they are written on Redis.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Grant))]
[JsonSerializable(typeof(Limits))]
[JsonSerializable(typeof(RunnerToken))]
internal sealed partial class AccessJson : JsonSerializerContext;

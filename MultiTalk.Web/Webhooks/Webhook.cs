using StackExchange.Redis;

namespace MultiTalk.Web.Webhooks;

/// <summary>An address that is told what happens to its owner's jobs.</summary>
/// <param name="Id">Rises with time.</param>
/// <param name="Owner">Whose jobs.</param>
/// <param name="Url">An https address.</param>
/// <param name="Events">Some of <see cref="WebhookEvent.All"/>; none for all.</param>
public sealed record Webhook(string Id, string Owner, string Url, IReadOnlyList<string> Events)
{
    /// <summary>What it is for, in its owner's words.</summary>
    public string? Description { get; init; }

    /// <summary>Whether anything is sent to it.</summary>
    public bool Active { get; init; } = true;

    /// <summary>Why not, if its owner did not say so.</summary>
    public string? InactiveReason { get; init; }

    /// <summary>When it was registered.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Whether it wants to hear of an event.</summary>
    internal bool Wants(string type) => Active && (Events.Count == 0 || Events.Contains(type));

    internal HashEntry[] Fields() =>
    [
        new("owner", Owner), new("url", Url), new("events", string.Join(' ', Events)), new("description", Description ?? ""),
        new("active", Active), new("reason", InactiveReason ?? ""), new("createdAt", CreatedAt.ToUnixTimeMilliseconds()),
    ];

    internal static Webhook? Read(string id, HashEntry[] entries)
    {
        if (entries.Length == 0)
            return null;
        var fields = entries.ToDictionary(entry => (string)entry.Name!, entry => entry.Value);
        return new(id, fields["owner"]!, fields["url"]!, ((string)fields["events"]!).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            Description = NullIfEmpty(fields["description"]),
            Active = (bool)fields["active"],
            InactiveReason = NullIfEmpty(fields["reason"]),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds((long)fields["createdAt"]),
        };
    }

    private static string? NullIfEmpty(RedisValue text) => text.IsNullOrEmpty ? null : (string?)text;
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace MultiTalk.Web.Webhooks;

/// <summary>How far a delivery is.</summary>
public enum DeliveryState
{
    /// <summary>It is to be tried, perhaps again.</summary>
    Pending,

    /// <summary>It was taken.</summary>
    Delivered,

    /// <summary>It was given up.</summary>
    Dead,
}

/// <summary>One event on its way to one target.</summary>
/// <param name="Id">What its receiver knows it by, at every try. Rises with the event, so that events keep their order.</param>
/// <param name="Type">One of the constants of <see cref="WebhookEvent"/>.</param>
/// <param name="Job">The job that it is about; null for a test.</param>
/// <param name="Body">What is sent, as JSON.</param>
public sealed record Delivery(string Id, string Type, string? Job, string Body)
{
    /// <summary>How far it is.</summary>
    public DeliveryState State { get; init; }

    /// <summary>How often it was tried.</summary>
    public int Attempts { get; init; }

    /// <summary>When it was stored.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it is tried next.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>When it was taken or given up.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The HTTP status of the last answer.</summary>
    public int? Status { get; init; }

    /// <summary>Why the last try failed.</summary>
    public string? Error { get; init; }

    /// <summary>How the last answer began.</summary>
    public string? Response { get; init; }

    /// <summary>The id of an event's delivery to a target: the same whoever makes it, however often.</summary>
    /// <param name="entry">The event in the outbox: milliseconds and a number, as Redis makes it.</param>
    /// <param name="target">The target.</param>
    public static string IdOf(string entry, string target)
    {
        var parts = entry.Split('-');
        var (at, number) = (long.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture));
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{entry} {target}")));
        return string.Create(CultureInfo.InvariantCulture, $"{at:x12}{number & 0xffff:x4}{hash.AsSpan(0, 16)}");
    }

    internal RedisValue[] Fields() =>
    [
        "type", Type, "job", Job ?? "", "body", Body, "state", State.ToString(), "attempts", Attempts, "createdAt", CreatedAt.ToUnixTimeMilliseconds(), .. Progress(),
    ];

    // What a try changes.
    internal RedisValue[] Progress() =>
    [
        "state", State.ToString(), "attempts", Attempts, "nextAt", Time(NextAttemptAt), "finishedAt", Time(FinishedAt), "status", Status ?? RedisValue.EmptyString,
        "error", Error ?? "", "response", Response ?? "",
    ];

    internal static Delivery? Read(string id, HashEntry[] entries)
    {
        if (entries.Length == 0)
            return null;
        var fields = entries.ToDictionary(entry => (string)entry.Name!, entry => entry.Value);
        return new(id, fields["type"]!, Text(fields["job"]), fields["body"]!)
        {
            State = Enum.Parse<DeliveryState>((string)fields["state"]!),
            Attempts = (int)fields["attempts"],
            CreatedAt = Time(fields["createdAt"]) ?? default,
            NextAttemptAt = Time(fields["nextAt"]),
            FinishedAt = Time(fields["finishedAt"]),
            Status = fields["status"].IsNullOrEmpty ? null : (int)fields["status"],
            Error = Text(fields["error"]),
            Response = Text(fields["response"]),
        };
    }

    private static RedisValue Time(DateTimeOffset? time) => time is { } at ? at.ToUnixTimeMilliseconds() : RedisValue.EmptyString;

    private static DateTimeOffset? Time(RedisValue value) => value.IsNullOrEmpty ? null : DateTimeOffset.FromUnixTimeMilliseconds((long)value);

    private static string? Text(RedisValue value) => value.IsNullOrEmpty ? null : (string?)value;
}

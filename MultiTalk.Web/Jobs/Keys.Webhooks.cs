using StackExchange.Redis;

namespace MultiTalk.Web.Jobs;

public static partial class Keys
{
    /// <summary>Stream of what happened to jobs, for webhooks; an entry leaves it in the step that stores its deliveries.</summary>
    public const string Outbox = Tag + "outbox";

    /// <summary>Sorted set of the ids of all webhooks; ids rise with time, so it is ordered by name.</summary>
    public const string Webhooks = Tag + "webhooks";

    /// <summary>Sorted set of targets (webhooks, and jobs that name their own) by when something is to be sent to them, or by the end of a try; milliseconds since 1970.</summary>
    public const string Targets = Tag + "webhook-targets";

    /// <summary>Hash of the tries that are being made: a target → the end of its lease, in milliseconds since 1970.</summary>
    public const string Tries = Tag + "webhook-tries";

    /// <summary>Hash of one webhook.</summary>
    public static RedisKey Webhook(string id) => Tag + "webhook:" + id;

    /// <summary>Sorted set of the ids of an owner's webhooks, ordered by name.</summary>
    public static RedisKey WebhooksOf(string owner) => Tag + "webhooks-of:" + owner;

    /// <summary>Hash of the secret with which is signed what goes to addresses that an owner's jobs name.</summary>
    public static RedisKey JobSecret(string owner) => Tag + "webhook-secret:" + owner;

    /// <summary>Hash of one delivery; expires.</summary>
    public static RedisKey Delivery(string id) => Tag + "delivery:" + id;

    /// <summary>Sorted set of the ids of what is to be sent to a target: 0, in the order of the ids, or when it is tried again, in milliseconds since 1970.</summary>
    public static RedisKey Waiting(string target) => Tag + "deliveries-to:" + target;

    /// <summary>Sorted set of the ids of the last deliveries to a target, ordered by name; expires.</summary>
    public static RedisKey Deliveries(string target) => Tag + "deliveries-of:" + target;
}

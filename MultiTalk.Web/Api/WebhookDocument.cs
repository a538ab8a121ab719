using MultiTalk.Web.Webhooks;

namespace MultiTalk.Web.Api;

/// <summary>A webhook to be registered.</summary>
/// <param name="Url">An https address.</param>
/// <param name="Events">Which events are sent; none for all.</param>
/// <param name="Description">What it is for.</param>
public sealed record NewWebhookRequest(string Url, IReadOnlyList<string>? Events = null, string? Description = null);

/// <summary>What is to change of a webhook; what is left out stays.</summary>
/// <param name="Url">An https address.</param>
/// <param name="Events">Which events are sent; none for all.</param>
/// <param name="Active">Whether anything is sent.</param>
/// <param name="Description">What it is for.</param>
public sealed record ChangeWebhookRequest(string? Url = null, IReadOnlyList<string>? Events = null, bool? Active = null, string? Description = null);

/// <summary>A secret that signs.</summary>
/// <param name="Secret">Begins with <c>whsec_</c>.</param>
public sealed record WebhookSecretDocument(string Secret);

/// <summary>A webhook as the API shows it.</summary>
/// <param name="Id">Names it in this API.</param>
/// <param name="Url">Where events are sent.</param>
/// <param name="Events">Which; none for all.</param>
/// <param name="Active">Whether anything is sent.</param>
/// <param name="Owner">Whose jobs it hears of.</param>
/// <param name="CreatedAt">When it was registered.</param>
public sealed record WebhookDocument(string Id, string Url, IReadOnlyList<string> Events, bool Active, string Owner, DateTimeOffset CreatedAt)
{
    /// <summary>What it is for.</summary>
    public string? Description { get; init; }

    /// <summary>Why it is not active, if its owner did not say so.</summary>
    public string? InactiveReason { get; init; }

    /// <summary>What signs: when it is made, and never again.</summary>
    public string? Secret { get; init; }

    internal static WebhookDocument Of(Webhook webhook) => new(webhook.Id, webhook.Url, webhook.Events, webhook.Active, webhook.Owner, webhook.CreatedAt)
    {
        Description = webhook.Description,
        InactiveReason = webhook.InactiveReason,
    };
}

/// <summary>A page of webhooks, newest first.</summary>
/// <param name="Items">The webhooks.</param>
/// <param name="Next">The cursor of the next page; null on the last.</param>
public sealed record WebhookPage(IReadOnlyList<WebhookDocument> Items, string? Next);

/// <summary>A delivery as the API shows it.</summary>
/// <param name="Id">The <c>webhook-id</c> that its receiver sees.</param>
/// <param name="Type">The event.</param>
/// <param name="State"><c>pending</c>, <c>delivered</c> or <c>dead</c>.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="CreatedAt">When the event was taken from the outbox.</param>
public sealed record DeliveryDocument(string Id, string Type, string State, int Attempts, DateTimeOffset CreatedAt)
{
    /// <summary>The job that it is about.</summary>
    public string? Job { get; init; }

    /// <summary>When it is tried next.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>When it was taken or given up.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The HTTP status of the last answer.</summary>
    public int? Status { get; init; }

    /// <summary>Why the last try failed.</summary>
    public string? Error { get; init; }

    /// <summary>How the last answer began, at most 1 KB.</summary>
    public string? Response { get; init; }

    internal static DeliveryDocument Of(Delivery delivery) =>
        new(delivery.Id, delivery.Type, delivery.State.ToString().ToLowerInvariant(), delivery.Attempts, delivery.CreatedAt)
        {
            Job = delivery.Job,
            NextAttemptAt = delivery.NextAttemptAt,
            FinishedAt = delivery.FinishedAt,
            Status = delivery.Status,
            Error = delivery.Error,
            Response = delivery.Response,
        };
}

/// <summary>A page of deliveries, newest first.</summary>
/// <param name="Items">The deliveries.</param>
/// <param name="Next">The cursor of the next page; null on the last.</param>
public sealed record DeliveryPage(IReadOnlyList<DeliveryDocument> Items, string? Next);

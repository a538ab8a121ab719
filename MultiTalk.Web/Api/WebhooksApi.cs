using System.Security.Claims;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Web.Access;
using MultiTalk.Web.Outbound;
using MultiTalk.Web.Webhooks;

namespace MultiTalk.Web.Api;

/// <summary>Webhooks over REST.</summary>
public static class WebhooksApi
{
    /// <summary>Where the API lives.</summary>
    public const string Root = "/api/v1/webhooks";

    private const int MaxPage = 200;
    private const int MaxDescription = 200;

    /// <summary>Maps the endpoints.</summary>
    public static IEndpointRouteBuilder MapWebhooksApi(this IEndpointRouteBuilder app)
    {
        var webhooks = app.MapGroup(Root).WithTags("Webhooks").RequireAuthorization(Policies.Webhooks).LimitMessages();
        webhooks.MapPost("", Register).WithName("RegisterWebhook").WithDescription("Its address has to be https and reachable from the Internet. It is told of your jobs from now on, signed as Standard Webhooks are.").WithSummary("Registers a webhook. Its secret is shown here and never again.").Produces<WebhookDocument>(StatusCodes.Status201Created)
            .WithProblems("webhook_url_refused", "webhook_event_unknown", "description_too_long", "too_many_webhooks").WithExample("""{"url": "https://example.com/hook", "events": ["job.succeeded", "job.failed"], "description": "Tell the shop"}""");
        webhooks.MapGet("", List).WithName("ListWebhooks").WithDescription("Their secrets are left out.").WithSummary("Lists webhooks, newest first; an administrator sees everybody's.").Produces<WebhookPage>();
        webhooks.MapGet("secret", GetSecret).WithName("GetJobWebhookSecret").WithDescription("A job may name an address of its own; what is sent there is signed with this.").WithSummary("The secret that signs what your jobs send to addresses of their own.").Produces<WebhookSecretDocument>();
        webhooks.MapPost("secret/rotate", RotateSecret).WithName("RotateJobWebhookSecret").WithDescription("For when somebody else may have seen it.").WithSummary("Replaces that secret. The old one signs too for a day.").Produces<WebhookSecretDocument>();
        var webhook = webhooks.MapGroup(JobIdConstraint.Segment);
        webhook.MapGet("", Get).WithName("GetWebhook").WithDescription("Without its secret.").WithSummary("Gets a webhook.").Produces<WebhookDocument>().WithProblems("webhook_not_found");
        webhook.MapPatch("", Change).WithName("ChangeWebhook").WithDescription("What waits for it goes to the new address.").WithSummary("Changes a webhook's address, events or description, or whether it is active.").Produces<WebhookDocument>()
            .WithProblems("webhook_not_found", "webhook_url_refused", "webhook_event_unknown", "description_too_long").WithExample("""{"active": false}""");
        webhook.MapDelete("", Delete).WithName("DeleteWebhook").WithDescription("Nothing more is sent to it.").WithSummary("Deletes a webhook, with what waits for it.").Produces(StatusCodes.Status204NoContent).WithProblems("webhook_not_found");
        webhook.MapPost("test", Test).WithName("TestWebhook").WithDescription("It is sent at once and listed among the deliveries.").WithSummary("Sends a test event.").Produces<DeliveryDocument>(StatusCodes.Status202Accepted).WithProblems("webhook_not_found", "webhook_inactive");
        webhook.MapPost("rotate", Rotate).WithName("RotateWebhook").WithDescription("The new secret is in the answer and is never shown again.").WithSummary("Gives a webhook another secret. The old one signs too for a day.").Produces<WebhookDocument>().WithProblems("webhook_not_found");
        webhook.MapGet("deliveries", Deliveries).WithName("ListDeliveries").WithDescription("With what the far side answered, cut, and when the next try is due.").WithSummary("Lists what was and is to be sent to a webhook, newest first.").Produces<DeliveryPage>().WithProblems("webhook_not_found", "delivery_state_unknown");
        webhook.MapPost("deliveries/{delivery:" + JobIdConstraint.Name + "}/retry", Retry).WithName("RetryDelivery").WithDescription("It keeps its webhook-id, so that the far side knows it again.")
            .WithSummary("Tries a delivery again that was given up.").Produces<DeliveryDocument>(StatusCodes.Status202Accepted)
            .WithProblems("webhook_not_found", "delivery_not_found", "webhook_inactive", "delivery_not_dead");
        return app;
    }

    private static async Task<IResult> Register(NewWebhookRequest request, ClaimsPrincipal user, WebhookStore store, OutboundAddress address, IOptions<WebhookOptions> options)
    {
        if (request.Description is { Length: > MaxDescription })
            return Problems.DescriptionTooLong(MaxDescription);
        var events = WebhookEvent.Checked(request.Events, "events");
        return await store.AddAsync(user.Owner(), Checked(request.Url, address), events, request.Description) is var (webhook, secret)
            ? Results.Created($"{Root}/{webhook.Id}", WebhookDocument.Of(webhook) with { Secret = secret })
            : Problems.TooManyWebhooks(options.Value.MaxPerOwner);
    }

    private static async Task<IResult> List(ClaimsPrincipal user, WebhookStore store, string? cursor = null, int limit = 50)
    {
        limit = Math.Clamp(limit, 1, MaxPage);
        var webhooks = await store.ListAsync(user.Has(Scopes.Administer) ? null : user.Owner(), string.IsNullOrEmpty(cursor) ? null : cursor, limit);
        return Results.Ok(new WebhookPage([.. webhooks.Select(WebhookDocument.Of)], webhooks.Count == limit ? webhooks[^1].Id : null));
    }

    private static async Task<IResult> Get(string id, ClaimsPrincipal user, WebhookStore store) =>
        await FindAsync(id, user, store) is { } webhook ? Results.Ok(WebhookDocument.Of(webhook)) : Problems.NoSuchWebhook();

    private static async Task<IResult> Change(string id, ChangeWebhookRequest change, ClaimsPrincipal user, WebhookStore store, OutboundAddress address)
    {
        if (await FindAsync(id, user, store) is not { } webhook)
            return Problems.NoSuchWebhook();
        if (change.Description is { Length: > MaxDescription })
            return Problems.DescriptionTooLong(MaxDescription);
        var changed = webhook with
        {
            Url = change.Url is null ? webhook.Url : Checked(change.Url, address),
            Events = change.Events is null ? webhook.Events : WebhookEvent.Checked(change.Events, "events"),
            Description = change.Description ?? webhook.Description,
            Active = change.Active ?? webhook.Active,
            InactiveReason = change.Active is null ? webhook.InactiveReason : null,
        };
        return await store.ChangeAsync(changed) ? Results.Ok(WebhookDocument.Of(changed)) : Problems.NoSuchWebhook();
    }

    private static async Task<IResult> Delete(string id, ClaimsPrincipal user, WebhookStore store)
    {
        if (await FindAsync(id, user, store) is not { } webhook)
            return Problems.NoSuchWebhook();
        await store.RemoveAsync(webhook);
        return Results.NoContent();
    }

    private static async Task<IResult> Test(
        string id, ClaimsPrincipal user, WebhookStore store, DeliveryStore deliveries, Outbox outbox, WebhookDispatcher dispatcher, TimeProvider time)
    {
        if (await FindAsync(id, user, store) is not { } webhook)
            return Problems.NoSuchWebhook();
        if (!webhook.Active)
            return Problems.WebhookInactive();
        var now = time.GetUtcNow();
        var body = outbox.Body(WebhookEvent.Test, now, new JsonObject { ["webhook"] = id });
        // As ids of events: they rise with time, and no two are the same.
        var entry = FormattableString.Invariant($"{now.ToUnixTimeMilliseconds()}-{Random.Shared.NextInt64(long.MaxValue)}");
        var delivery = new Delivery(Delivery.IdOf(entry, id), WebhookEvent.Test, null, body) { CreatedAt = now, NextAttemptAt = now };
        await deliveries.AddAsync(id, delivery);
        dispatcher.Wake();
        return Results.Accepted($"{Root}/{id}/deliveries", DeliveryDocument.Of(delivery));
    }

    private static async Task<IResult> Rotate(string id, ClaimsPrincipal user, WebhookStore store) =>
        await FindAsync(id, user, store) is { } webhook && await store.RotateAsync(id) is { } secret
            ? Results.Ok(WebhookDocument.Of(webhook) with { Secret = secret })
            : Problems.NoSuchWebhook();

    private static async Task<IResult> GetSecret(ClaimsPrincipal user, WebhookStore store) => Results.Ok(new WebhookSecretDocument(await store.JobSecretAsync(user.Owner())));

    private static async Task<IResult> RotateSecret(ClaimsPrincipal user, WebhookStore store) => Results.Ok(new WebhookSecretDocument(await store.RotateJobSecretAsync(user.Owner())));

    private static async Task<IResult> Deliveries(
        string id, ClaimsPrincipal user, WebhookStore store, DeliveryStore deliveries, string? cursor = null, int limit = 50, string? state = null)
    {
        if (await FindAsync(id, user, store) is null)
            return Problems.NoSuchWebhook();
        DeliveryState? wanted = null;
        if (!string.IsNullOrEmpty(state))
        {
            wanted = Enum.GetValues<DeliveryState>().Cast<DeliveryState?>().FirstOrDefault(known => known.ToString()!.Equals(state, StringComparison.OrdinalIgnoreCase));
            if (wanted is null)
                return Problems.DeliveryStateUnknown();
        }

        limit = Math.Clamp(limit, 1, MaxPage);
        var page = await deliveries.ListAsync(id, wanted, string.IsNullOrEmpty(cursor) ? null : cursor, limit);
        return Results.Ok(new DeliveryPage([.. page.Select(DeliveryDocument.Of)], page.Count == limit ? page[^1].Id : null));
    }

    private static async Task<IResult> Retry(
        string id, string delivery, ClaimsPrincipal user, WebhookStore store, DeliveryStore deliveries, WebhookDispatcher dispatcher)
    {
        if (await FindAsync(id, user, store) is not { } webhook)
            return Problems.NoSuchWebhook();
        if (await deliveries.FindAsync(id, delivery) is not { } dead)
            return Problems.NoSuchDelivery();
        if (!webhook.Active)
            return Problems.WebhookInactive();
        if (!await deliveries.RetryAsync(id, dead))
            return Problems.DeliveryNotDead();
        dispatcher.Wake();
        return await deliveries.FindAsync(id, delivery) is { } pending
            ? Results.Accepted($"{Root}/{id}/deliveries", DeliveryDocument.Of(pending))
            : Problems.NoSuchDelivery();
    }

    private static string Checked(string? url, OutboundAddress address) =>
        address.Check(url, WebhookStore.UrlRefused, "url") is { } problem ? throw new InvalidRequestException([problem]) : url!;

    // Somebody else's webhook does not exist, so that ids tell nothing.
    private static async Task<Webhook?> FindAsync(string id, ClaimsPrincipal user, WebhookStore store) =>
        await store.FindAsync(id) is { } webhook && (webhook.Owner == user.Owner() || user.Has(Scopes.Administer)) ? webhook : null;
}

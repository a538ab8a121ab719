namespace MultiTalk.Web.Api;

internal static partial class Problems
{
    public static IResult NoSuchWebhook() => Problem(
        StatusCodes.Status404NotFound, "webhook_not_found", "There is no such webhook.", "Look at GET /api/v1/webhooks for those that you can see.");

    public static IResult NoSuchDelivery() => Problem(
        StatusCodes.Status404NotFound, "delivery_not_found", "There is no such delivery.", "Look at the webhook's deliveries; old ones are forgotten.");

    public static IResult TooManyWebhooks(int most) => Problem(
        StatusCodes.Status409Conflict, "too_many_webhooks", "There are as many webhooks as may be.", $"Delete one that is not needed; an owner may have {most}.");

    public static IResult WebhookInactive() => Problem(
        StatusCodes.Status409Conflict, "webhook_inactive", "The webhook is not active.", "Activate it first: PATCH {\"active\": true}.");

    public static IResult DeliveryNotDead() => Problem(
        StatusCodes.Status409Conflict, "delivery_not_dead", "The delivery was not given up.", "Only one whose state is \"dead\" can be tried again.");

    public static IResult DeliveryStateUnknown() => Problem(
        StatusCodes.Status400BadRequest, "delivery_state_unknown", "There is no such state.", "Send one of: pending, delivered, dead.");

    public static IResult DescriptionTooLong(int most) => Problem(
        StatusCodes.Status400BadRequest, "description_too_long", "The description is too long.", $"Send at most {most} characters.");
}

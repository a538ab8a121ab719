using System.Text.Json;
using System.Text.Json.Serialization;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Web.Outbound;

namespace MultiTalk.Web.Webhooks;

/// <summary>Where one job is to be reported, beside its owner's webhooks.</summary>
/// <param name="Url">An https address.</param>
/// <param name="Events">Some of <see cref="WebhookEvent.All"/>; null or none for all.</param>
public sealed record JobWebhook(string Url, IReadOnlyList<string>? Events = null)
{
    /// <summary>It, if it can be used.</summary>
    /// <exception cref="InvalidRequestException">Its address or one of its events cannot.</exception>
    public JobWebhook Checked(OutboundAddress address)
    {
        if (address.Check(Url, WebhookStore.UrlRefused, "webhook.url") is { } problem)
            throw new InvalidRequestException([problem]);
        return this with { Events = WebhookEvent.Checked(Events, "webhook.events") };
    }
}

/// <summary>How the store writes what belongs to webhooks.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(JobWebhook))]
internal sealed partial class WebhooksJson : JsonSerializerContext;

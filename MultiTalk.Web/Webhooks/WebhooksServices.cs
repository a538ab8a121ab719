namespace MultiTalk.Web.Webhooks;

/// <summary>Adds webhooks.</summary>
public static class WebhooksServices
{
    /// <summary>Adds webhooks.</summary>
    public static WebApplicationBuilder AddWebhooks(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<WebhookOptions>().BindConfiguration(WebhookOptions.Section).ValidateDataAnnotations()
            .Validate(webhooks => webhooks.Lease > webhooks.Timeout, "Webhooks:Lease is not longer than Webhooks:Timeout: another Web would repeat a try that still runs. Raise it.")
            .Validate(webhooks => webhooks.Waits.All(wait => wait > TimeSpan.Zero), "Webhooks:Retries holds a wait that is none. Make each longer than nothing.")
            .ValidateOnStart();
        services.AddSingleton<WebhookSecrets>();
        services.AddSingleton<WebhookStore>();
        services.AddSingleton<DeliveryStore>();
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<Outbox>();
        services.AddSingleton<WebhookDispatcher>();
        services.AddHostedService(provider => provider.GetRequiredService<WebhookDispatcher>());
        return builder;
    }
}

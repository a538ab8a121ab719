using System.Net.Http.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using MultiTalk.Tests.Jobs;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;
using MultiTalk.Web.Webhooks;
using OwnRedis = MultiTalk.Tests.Api.OwnRedis;

namespace MultiTalk.Tests.Webhooks;

/// <summary>A Web that reaches receivers on loopback.</summary>
internal sealed class HookWeb : TestWeb
{
    private static readonly AsyncLocal<TimeProvider?> _ambient = new();

    private HookWeb(Dictionary<string, string> settings)
        : base(settings)
    {
    }

    /// <summary>Starts one.</summary>
    /// <param name="redis">Its store; null for one of its own.</param>
    /// <param name="time">Its time; null for the real one. It takes a store: an embedded one would be looked after a thousand times in a day that passes at once.</param>
    /// <param name="settings">More settings.</param>
    public static HookWeb Start(OwnRedis? redis = null, TimeProvider? time = null, params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string> { ["Embedded:Runner"] = "false", ["Jobs:ClaimPoll"] = "00:00:00.3", ["Webhooks:Jitter"] = "0" };
        if (redis is not null)
            all["ConnectionStrings:redis"] = redis.ConnectionString;
        foreach (var (name, value) in settings)
            all[name] = value;
        _ambient.Value = time;
        return new(all);
    }

    public WebhookStore Hooks => Services.GetRequiredService<WebhookStore>();

    /// <summary>Registers a webhook.</summary>
    public static async Task<WebhookDocument> RegisterAsync(HttpClient client, string url, params string[] events)
    {
        using var response = await client.PostAsJsonAsync(WebhooksApi.Root, new NewWebhookRequest(url, events), TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return (await response.Content.ReadFromJsonAsync<WebhookDocument>(TestContext.Current.CancellationToken))!;
    }

    /// <summary>Queues a job as a submission does, and has a runner of its own claim it.</summary>
    public async Task<Holder> ClaimAsync(string owner, JobWebhook? webhook = null)
    {
        var (id, engine) = (JobStore.NewId(), "engine-" + Guid.NewGuid().ToString("n"));
        await Jobs.SubmitAsync(new(id, owner, Requests.For(engine)) { Hooks = await Hooks.HooksAsync(owner, webhook) });
        return (await Jobs.ClaimAsync(Requests.Runner(Guid.NewGuid().ToString("n"), engine), TestContext.Current.CancellationToken))!.Holder;
    }

    /// <summary>A job with a video.</summary>
    public async Task<Holder> CompleteAsync(string owner, JobWebhook? webhook = null)
    {
        var holder = await ClaimAsync(owner, webhook);
        await CompleteAsync(holder);
        return holder;
    }

    /// <summary>A claimed job gets its video.</summary>
    public async Task CompleteAsync(Holder holder) => Assert.True(await Jobs.CompleteAsync(holder, new(640, 640, 81, 25, 3.24, 1000, new('a', 64))));

    /// <summary>The deliveries of a webhook, once they are as they should be; the test's time-out ends the wait.</summary>
    public static async Task<IReadOnlyList<DeliveryDocument>> DeliveriesAsync(HttpClient client, string webhook, Func<IReadOnlyList<DeliveryDocument>, bool> until, string state = "")
    {
        while (true)
        {
            var page = (await client.GetFromJsonAsync<DeliveryPage>($"{WebhooksApi.Root}/{webhook}/deliveries?state={state}", TestContext.Current.CancellationToken))!;
            if (until(page.Items))
                return page.Items;
            await Task.Yield();
        }
    }

    /// <inheritdoc/>
    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        base.ConfigureWebHost(builder);
        var time = _ambient.Value;
        builder.ConfigureTestServices(services =>
        {
            services.AddSingleton(Receiver.Exceptions);
            if (time is not null)
                services.AddSingleton(time);
        });
    }
}

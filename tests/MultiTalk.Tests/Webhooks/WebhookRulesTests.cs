using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using MultiTalk.Tests.Api;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;
using MultiTalk.Web.Webhooks;

namespace MultiTalk.Tests.Webhooks;

/// <summary>Bounds of webhooks: how much waits, for how long, and where it goes when a webhook changes.</summary>
public sealed class WebhookRulesTests
{
    [Fact(Timeout = 120_000)]
    public async Task A_secret_that_was_replaced_signs_for_a_day_and_no_longer()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var receiver = await Receiver.StartAsync();
        await using var redis = await OwnRedis.StartAsync();
        await using var web = HookWeb.Start(redis, time);
        using var client = await web.ClientAsync("ann");
        var webhook = await HookWeb.RegisterAsync(client, receiver.Url);
        using var rotated = await client.PostAsync($"{WebhooksApi.Root}/{webhook.Id}/rotate", null, TestContext.Current.CancellationToken);
        var secret = (await rotated.Content.ReadFromJsonAsync<WebhookDocument>(TestContext.Current.CancellationToken))!.Secret!;

        time.Advance(TimeSpan.FromHours(23));
        await TestAsync(client, webhook.Id, TestContext.Current.CancellationToken);
        var within = await receiver.NextAsync(TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromHours(2));
        await TestAsync(client, webhook.Id, TestContext.Current.CancellationToken);
        var after = await receiver.NextAsync(TestContext.Current.CancellationToken);

        Assert.True(within.IsSignedBy(secret) && within.IsSignedBy(webhook.Secret!));
        Assert.True(after.IsSignedBy(secret));
        Assert.False(after.IsSignedBy(webhook.Secret!));
        // A receiver tells old requests from new ones by it.
        Assert.Equal(time.GetUtcNow().ToUnixTimeSeconds(), after.SentAt.ToUnixTimeSeconds());
    }

    [Fact(Timeout = 120_000)]
    public async Task What_waits_goes_to_the_new_address_and_nowhere_once_the_webhook_is_deleted()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var redis = await OwnRedis.StartAsync();
        await using var old = await Receiver.StartAsync(context => Refuse(context, 500));
        await using var next = await Receiver.StartAsync(context => Refuse(context, 500));
        await using var web = HookWeb.Start(redis, time);
        using var client = await web.ClientAsync("ann");
        var webhook = await HookWeb.RegisterAsync(client, old.Url);
        await TestAsync(client, webhook.Id, TestContext.Current.CancellationToken);
        var first = await old.NextAsync(TestContext.Current.CancellationToken);
        await HookWeb.DeliveriesAsync(client, webhook.Id, page => page.Count == 1 && page[0].Attempts == 1, "pending");

        using var changed = await client.PatchAsJsonAsync($"{WebhooksApi.Root}/{webhook.Id}", new { url = next.Url }, TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(first.Id, (await next.NextAsync(TestContext.Current.CancellationToken)).Id);
        await HookWeb.DeliveriesAsync(client, webhook.Id, page => page.Count == 1 && page[0].Attempts == 2, "pending");
        using var deleted = await client.DeleteAsync($"{WebhooksApi.Root}/{webhook.Id}", TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NoContent), (changed.StatusCode, deleted.StatusCode));
        Assert.Equal((0L, 0L), (await redis.Database.SortedSetLengthAsync(Keys.Targets), await redis.Database.HashLengthAsync(Keys.Tries)));
        Assert.False(await redis.Database.KeyExistsAsync([Keys.Waiting(webhook.Id), Keys.Deliveries(webhook.Id), Keys.Webhook(webhook.Id)]) > 0);
        Assert.True(await redis.Database.KeyTimeToLiveAsync(Keys.Delivery(first.Id)) > TimeSpan.Zero);
        Assert.Equal((0, 0), (old.Count, next.Count));
    }

    [Fact(Timeout = 120_000)]
    public async Task No_more_waits_for_a_webhook_than_may_and_the_last_are_listed()
    {
        var hangs = true;
        await using var redis = await OwnRedis.StartAsync();
        await using var receiver = await Receiver.StartAsync(context => hangs ? Task.Delay(Timeout.Infinite, context.RequestAborted) : Task.CompletedTask);
        await using (var web = HookWeb.Start(redis, settings: ("Webhooks:MaxDeliveries", "3")))
        {
            using var client = await web.ClientAsync("ann");
            var webhook = await HookWeb.RegisterAsync(client, receiver.Url, WebhookEvent.Succeeded);
            List<string> jobs = [(await web.CompleteAsync("ann")).Job];
            await receiver.NextAsync(TestContext.Current.CancellationToken);

            for (var job = 0; job < 5; job++)
                jobs.Add((await web.CompleteAsync("ann")).Job);
            while (await redis.Database.StreamLengthAsync(Keys.Outbox) > 0)
                await Task.Yield();

            Assert.Equal(3, await redis.Database.SortedSetLengthAsync(Keys.Waiting(webhook.Id)));
            Assert.Equal(jobs[..3].AsEnumerable().Reverse(), (await HookWeb.DeliveriesAsync(client, webhook.Id, page => page.Count > 0)).Select(delivery => delivery.Job));
        }

        // They are sent in order, the one that was being sent first.
        hangs = false;
        await using var other = HookWeb.Start(redis);
        for (var sent = 0; sent < 3; sent++)
            await receiver.NextAsync(TestContext.Current.CancellationToken);
        while (await redis.Database.SortedSetLengthAsync(Keys.Targets) > 0)
            await Task.Yield();
        Assert.Equal(0, receiver.Count);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("999999999", 24 * 3_600)]
    [InlineData("-1", 5)]
    [InlineData("soon", 5)]
    [InlineData("0", 5)]
    public async Task A_receiver_may_ask_for_a_day_at_most_and_for_no_less_than_the_usual_wait(string asked, int seconds)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var receiver = await Receiver.StartAsync(context =>
        {
            context.Response.Headers.RetryAfter = asked;
            return Refuse(context, 429);
        });
        await using var redis = await OwnRedis.StartAsync();
        await using var web = HookWeb.Start(redis, time);
        using var client = await web.ClientAsync("ann");
        var webhook = await HookWeb.RegisterAsync(client, receiver.Url);

        await TestAsync(client, webhook.Id, TestContext.Current.CancellationToken);

        var pending = Assert.Single(await HookWeb.DeliveriesAsync(client, webhook.Id, page => page.Count == 1 && page[0].Attempts == 1, "pending"));
        Assert.InRange((pending.NextAttemptAt!.Value - time.GetUtcNow()).TotalSeconds, seconds - 0.1, seconds);
    }

    [Fact(Timeout = 120_000)]
    public async Task An_answer_whose_headers_do_not_end_is_no_answer()
    {
        await using var receiver = await Receiver.StartAsync(context =>
        {
            for (var header = 0; header < 40; header++)
                context.Response.Headers[$"x-{header}"] = new string('x', 1_000);
            return Task.CompletedTask;
        });
        await using var web = HookWeb.Start();
        using var client = await web.ClientAsync("ann");
        var webhook = await HookWeb.RegisterAsync(client, receiver.Url);

        await TestAsync(client, webhook.Id, TestContext.Current.CancellationToken);

        var delivery = Assert.Single(await HookWeb.DeliveriesAsync(client, webhook.Id, page => page.Count == 1 && page[0].Attempts == 1));
        Assert.Equal(("pending", (int?)null, "The connection broke, or the answer was no HTTP."), (delivery.State, delivery.Status, delivery.Error));
    }

    private static Task Refuse(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private static async Task TestAsync(HttpClient client, string webhook, CancellationToken cancellationToken)
    {
        using var answer = await client.PostAsync($"{WebhooksApi.Root}/{webhook}/test", null, cancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }
}

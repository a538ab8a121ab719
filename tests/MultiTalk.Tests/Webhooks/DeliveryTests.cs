using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using MultiTalk.Tests.Api;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Tests.Webhooks;

/// <summary>What becomes of deliveries when receivers, Webs and Redis fail.</summary>
public sealed class DeliveryTests
{
    [Fact(Timeout = 180_000)]
    public async Task A_delivery_that_fails_is_tried_eight_times_with_the_same_id_and_then_kept_as_dead()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var status = HttpStatusCode.InternalServerError;
        await using var receiver = await Receiver.StartAsync(async context =>
        {
            context.Response.StatusCode = (int)status;
            await context.Response.WriteAsync("out of order");
        });
        await using var web = HookWeb.Start(time: time);
        using var client = await web.ClientAsync("ann");
        var webhook = await HookWeb.RegisterAsync(client, receiver.Url, "job.succeeded");
        await web.CompleteAsync("ann");

        List<Received> received = [await receiver.NextAsync(TestContext.Current.CancellationToken)];
        TimeSpan[] waits = [TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5), TimeSpan.FromHours(10), TimeSpan.FromHours(14)];
        foreach (var wait in waits)
        {
            var tried = received.Count;
            var pending = Assert.Single(await HookWeb.DeliveriesAsync(client, webhook.Id, page => page.Count == 1 && page[0].Attempts == tried, "pending"));
            Assert.InRange(pending.NextAttemptAt!.Value - time.GetUtcNow(), wait - TimeSpan.FromMilliseconds(2), wait);
            Assert.Equal((500, "out of order"), (pending.Status, pending.Response));
            time.Advance(wait - TimeSpan.FromMilliseconds(50));
            Assert.Equal(0, receiver.Count);
            time.Advance(TimeSpan.FromMilliseconds(100));
            received.Add(await receiver.NextAsync(TestContext.Current.CancellationToken));
        }

        var dead = Assert.Single(await HookWeb.DeliveriesAsync(client, webhook.Id, page => page.Count == 1, "dead"));
        Assert.Equal(8, dead.Attempts);
        Assert.Single(received.Select(attempt => attempt.Id).Distinct());
        Assert.All(received, attempt => Assert.True(attempt.IsSignedBy(webhook.Secret!)));
        Assert.InRange(received[^1].SentAt - received[0].SentAt, TimeSpan.FromHours(31), TimeSpan.FromHours(32));

        status = HttpStatusCode.OK;
        using var retried = await client.PostAsync($"{WebhooksApi.Root}/{webhook.Id}/deliveries/{dead.Id}/retry", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, retried.StatusCode);
        Assert.Equal(dead.Id, (await receiver.NextAsync(TestContext.Current.CancellationToken)).Id);
        Assert.Equal(1, Assert.Single(await HookWeb.DeliveriesAsync(client, webhook.Id, page => page.Count == 1, "delivered")).Attempts);
        using var again = await client.PostAsync($"{WebhooksApi.Root}/{webhook.Id}/deliveries/{dead.Id}/retry", null, TestContext.Current.CancellationToken);
        Assert.Equal("delivery_not_dead", await again.ProblemCodeAsync());
    }

    [Fact(Timeout = 120_000)]
    public async Task A_receiver_may_ask_for_a_longer_wait_and_for_nothing_any_more()
    {
        var status = 503;
        await using var receiver = await Receiver.StartAsync(context =>
        {
            context.Response.Headers.RetryAfter = "3600";
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        await using var web = HookWeb.Start();
        using var client = await web.ClientAsync("ann");
        var webhook = await HookWeb.RegisterAsync(client, receiver.Url, "job.succeeded");

        await web.CompleteAsync("ann");
        var pending = Assert.Single(await HookWeb.DeliveriesAsync(client, webhook.Id, page => page.Count == 1 && page[0].Attempts == 1, "pending"));
        Assert.InRange(pending.NextAttemptAt!.Value - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(55), TimeSpan.FromMinutes(61));

        status = 410;
        await web.CompleteAsync("ann");
        await HookWeb.DeliveriesAsync(client, webhook.Id, page => page.Count == 1, "dead");
        var document = await client.GetFromJsonAsync<WebhookDocument>($"{WebhooksApi.Root}/{webhook.Id}", TestContext.Current.CancellationToken);
        Assert.Equal((false, "It answered 410 Gone."), (document!.Active, document.InactiveReason));
    }

    [Theory(Timeout = 120_000)]
    [InlineData("silent", null, "It did not answer within 1 s.")]
    [InlineData("redirect", 302, "It did not answer with success.")]
    [InlineData("untrusted", null, "Its TLS certificate is not trusted, or TLS failed.")]
    [InlineData("inside", null, "Its host name leads to no public address.")]
    [InlineData("endless", 200, null)]
    [InlineData("slow", 200, null)]
    public async Task What_is_wrong_with_a_receiver_is_said_and_holds_up_nobody_else(string fault, int? status, string? error)
    {
        await using var bad = await Receiver.StartAsync(
            async context =>
            {
                if (fault == "silent")
                    await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (fault == "redirect")
                    context.Response.Redirect("https://169.254.169.254/");
                while (fault is "endless" or "slow" && !context.RequestAborted.IsCancellationRequested)
                {
                    await context.Response.WriteAsync(new string('x', fault == "slow" ? 1 : 4_096), CancellationToken.None);
                    await context.Response.Body.FlushAsync(CancellationToken.None);
                    if (fault == "slow")
                        await Task.Delay(100, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            },
            trusted: fault != "untrusted");
        await using var good = await Receiver.StartAsync();
        await using var web = HookWeb.Start(settings: ("Webhooks:Timeout", "00:00:01"));
        using var client = await web.ClientAsync("ann");
        // As if a name that was fine led inside now.
        var webhook = fault == "inside"
            ? (await web.Hooks.AddAsync("ann", "https://[::1]/", ["job.succeeded"], null))!.Value.Webhook.Id
            : (await HookWeb.RegisterAsync(client, bad.Url, "job.succeeded")).Id;
        await HookWeb.RegisterAsync(client, good.Url, "job.succeeded");

        await web.CompleteAsync("ann");
        await good.NextAsync(TestContext.Current.CancellationToken);

        var delivery = Assert.Single(await HookWeb.DeliveriesAsync(client, webhook, page => page.Count == 1 && page[0].Attempts == 1));
        Assert.Equal((status, error), (delivery.Status, delivery.Error));
        Assert.True((delivery.Response?.Length ?? 0) <= 1_024);
        Assert.Equal(fault == "endless", delivery.Response?.Length == 1_024);
    }

    [Fact(Timeout = 180_000)]
    public async Task A_target_that_hangs_holds_up_no_other_target_and_no_job()
    {
        await using var hanging = await Receiver.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await using var good = await Receiver.StartAsync();
        await using var web = HookWeb.Start();
        using var client = await web.ClientAsync("ann");
        using var other = await web.ClientAsync("bob");
        for (var hook = 0; hook < 19; hook++)
            await HookWeb.RegisterAsync(client, hanging.Url, "job.succeeded");
        await HookWeb.RegisterAsync(other, good.Url, "job.succeeded");

        for (var job = 0; job < 5; job++)
            await web.CompleteAsync("ann");
        await hanging.NextAsync(TestContext.Current.CancellationToken);
        for (var job = 0; job < 20; job++)
            await web.CompleteAsync("bob");

        for (var job = 0; job < 20; job++)
            await good.NextAsync(TestContext.Current.CancellationToken);
        // Two a host.
        Assert.InRange(hanging.Count, 0, 1);
    }

    [Fact(Timeout = 180_000)]
    public async Task Two_Webs_deliver_each_event_once()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        await using var one = HookWeb.Start(redis);
        await using var two = HookWeb.Start(redis);
        using var client = await one.ClientAsync("ann");
        var webhook = await HookWeb.RegisterAsync(client, receiver.Url);

        var jobs = new List<string>();
        for (var job = 0; job < 30; job++)
            jobs.Add((await (job % 2 == 0 ? one : two).CompleteAsync("ann")).Job);
        await HookWeb.DeliveriesAsync(client, webhook.Id, page => page.Count == 50 && page.All(delivery => delivery.State == "delivered"));
        await UntilAsync(async () => await redis.Database.SortedSetLengthAsync(Keys.Targets) == 0);

        Assert.Equal(60, receiver.Count);
        var received = new List<(string Job, string Type)>();
        while (receiver.Count > 0 && await receiver.NextAsync(TestContext.Current.CancellationToken) is { } next)
            received.Add(((string)next.Json["data"]!["id"]!, next.Type));
        Assert.Equal(jobs.SelectMany(job => new[] { (job, "job.started"), (job, "job.succeeded") }).Order(), received.Order());
        Assert.Equal(0, await redis.Database.StreamLengthAsync(Keys.Outbox));
        Assert.Equal(0, await redis.Database.HashLengthAsync(Keys.Tries));
    }

    [Fact(Timeout = 180_000)]
    public async Task What_a_killed_Web_held_is_taken_over()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        string webhook;
        await using (var before = HookWeb.Start(redis))
        {
            using var client = await before.ClientAsync("ann");
            webhook = (await HookWeb.RegisterAsync(client, receiver.Url)).Id;
            await before.CompleteAsync("ann");
            await receiver.NextAsync(TestContext.Current.CancellationToken);
            await receiver.NextAsync(TestContext.Current.CancellationToken);
            await HookWeb.DeliveriesAsync(client, webhook, page => page.Count == 2, "delivered");
        }

        // One event that it had read and not stored, and one delivery that it was sending.
        var queue = OwnRedisStore(redis);
        await queue.CompleteAsync("ann");
        Assert.Single(await redis.Database.StreamReadGroupAsync(Keys.Outbox, "webhooks", "web", StreamPosition.NewMessages, 1));
        var delivery = (string)(await redis.Database.SortedSetRangeByRankAsync(Keys.Deliveries(webhook), -1))[0]!;
        var until = DateTimeOffset.UtcNow.AddSeconds(3).ToUnixTimeMilliseconds();
        await redis.Database.HashSetAsync(Keys.Delivery(delivery), "state", "Pending");
        await redis.Database.SortedSetAddAsync(Keys.Waiting(webhook), delivery, 0);
        await redis.Database.SortedSetAddAsync(Keys.Targets, webhook, until);
        await redis.Database.HashSetAsync(Keys.Tries, webhook, until);
        var start = DateTimeOffset.UtcNow;

        await using var after = HookWeb.Start(redis, settings: [("Webhooks:Lease", "00:00:02"), ("Webhooks:Timeout", "00:00:01"), ("Webhooks:LookEvery", "00:00:00.5")]);
        var first = await receiver.NextAsync(TestContext.Current.CancellationToken);
        var second = await receiver.NextAsync(TestContext.Current.CancellationToken);

        Assert.Contains(delivery, new[] { first.Id, second.Id });
        Assert.True(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() >= until);
        Assert.Equal(2, new[] { first.Id, second.Id }.Distinct().Count());
    }

    [Fact(Timeout = 180_000)]
    public async Task A_Web_that_stops_hands_over_what_it_was_sending_at_once()
    {
        await using var redis = await OwnRedis.StartAsync();
        var hangs = true;
        await using var receiver = await Receiver.StartAsync(context => hangs ? Task.Delay(Timeout.Infinite, context.RequestAborted) : Task.CompletedTask);
        string id;
        await using (var before = HookWeb.Start(redis))
        {
            using var client = await before.ClientAsync("ann");
            await HookWeb.RegisterAsync(client, receiver.Url, "job.succeeded");
            await before.CompleteAsync("ann");
            id = (await receiver.NextAsync(TestContext.Current.CancellationToken)).Id;
        }

        hangs = false;
        await using var after = HookWeb.Start(redis);

        Assert.Equal(id, (await receiver.NextAsync(TestContext.Current.CancellationToken)).Id);
    }

    [Fact(Timeout = 180_000)]
    public async Task A_restart_of_Redis_loses_nothing()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        await using var web = HookWeb.Start(redis);
        using var client = await web.ClientAsync("ann");
        var webhook = await HookWeb.RegisterAsync(client, receiver.Url, "job.succeeded");
        var holder = await web.ClaimAsync("ann");

        await redis.KillAsync();
        await redis.LaunchAsync();
        await UntilAsync(async () => await web.Jobs.CompleteAsync(holder, new(640, 640, 81, 25, 3.24, 1000, new('a', 64))));

        Assert.Equal(holder.Job, (string)(await receiver.NextAsync(TestContext.Current.CancellationToken)).Json["data"]!["id"]!);
    }

    // A store without a Web.
    private static StoreAlone OwnRedisStore(OwnRedis redis) => new(redis);

    private static async Task UntilAsync(Func<Task<bool>> done)
    {
        while (true)
        {
            try
            {
                if (await done())
                    return;
            }
            catch (Exception exception) when (RedisConnection.IsAway(exception))
            {
                // It comes back.
            }

            await Task.Yield();
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }
    }

    private sealed class StoreAlone(OwnRedis redis)
    {
        /// <summary>A job with a video, of which one event is told.</summary>
        public async Task CompleteAsync(string owner)
        {
            await using var connection = new RedisConnection(ConfigurationOptions.Parse(redis.ConnectionString));
            var store = new JobStore(connection, new Scripts(), Microsoft.Extensions.Options.Options.Create(new JobsOptions()));
            await store.SubmitAsync(new(JobStore.NewId(), owner, Jobs.Requests.For("alone")));
            var job = await store.ClaimAsync(Jobs.Requests.Runner(Guid.NewGuid().ToString("n"), "alone"), TestContext.Current.CancellationToken);
            Assert.True(await store.CompleteAsync(job!.Holder, new(640, 640, 81, 25, 3.24, 1000, new('a', 64))));
        }
    }
}

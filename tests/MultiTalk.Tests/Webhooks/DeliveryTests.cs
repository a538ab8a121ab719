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
        await using var redis = await OwnRedis.StartAsync();
        await using var web = HookWeb.Start(redis, time);
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
    public async Task Two_Webs_deliver_each_event_once_and_in_order()
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
        var received = new List<(string Job, string Type)>();
        while (received.Count < 60)
            received.Add(await NextAsync(receiver, TestContext.Current.CancellationToken));

        Assert.Equal(jobs.SelectMany(job => new[] { (job, "job.started"), (job, "job.succeeded") }), received);
        await UntilAsync(async () => await redis.Database.SortedSetLengthAsync(Keys.Targets) == 0);
        Assert.Equal((0, 0L, 0L), (receiver.Count, await redis.Database.StreamLengthAsync(Keys.Outbox), await redis.Database.HashLengthAsync(Keys.Tries)));
        Assert.All(await HookWeb.DeliveriesAsync(client, webhook.Id, page => page.Count == 50), delivery => Assert.Equal(("delivered", 1), (delivery.State, delivery.Attempts)));
    }

    [Fact(Timeout = 180_000)]
    public async Task A_Web_that_stands_still_with_an_event_in_its_hands_lets_no_other_event_overtake_it_and_sends_it_no_second_time()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var between = new HeldRedis(redis.ConnectionString);
        await using var receiver = await Receiver.StartAsync();
        await using var still = HookWeb.Start(redis, settings: ("ConnectionStrings:redis", between.ConnectionString));
        using var client = await still.ClientAsync("ann");
        var webhook = await HookWeb.RegisterAsync(client, receiver.Url, "job.succeeded");
        await using var store = new StoreAlone(redis);
        var held = between.HoldAsync(Keys.Deliveries("")!);

        List<string> jobs = [await store.CompleteAsync("ann")];
        await held;
        jobs.Add(await store.CompleteAsync("ann"));
        await using var other = HookWeb.Start(redis);
        List<(string, string)> received = [await NextAsync(receiver, TestContext.Current.CancellationToken), await NextAsync(receiver, TestContext.Current.CancellationToken)];
        between.Release();
        // It tells a third, so it has looked after the others.
        jobs.Add((await still.CompleteAsync("ann")).Job);
        received.Add(await NextAsync(receiver, TestContext.Current.CancellationToken));

        Assert.Equal(jobs.Select(job => (job, "job.succeeded")), received);
        await HookWeb.DeliveriesAsync(client, webhook.Id, page => page.Count == 3, "delivered");
        Assert.Equal(0, receiver.Count);
    }

    [Fact(Timeout = 180_000)]
    public async Task Events_keep_their_order_over_a_Web_that_stops_and_what_is_to_be_tried_again_is_sent_before_what_is_new()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var redis = await OwnRedis.StartAsync();
        var hangs = true;
        var fails = false;
        await using var receiver = await Receiver.StartAsync(context =>
        {
            context.Response.StatusCode = fails ? 500 : 200;
            return hangs ? Task.Delay(Timeout.Infinite, context.RequestAborted) : Task.CompletedTask;
        });
        List<string> jobs = [];
        await using (var before = HookWeb.Start(redis, time))
        {
            using var client = await before.ClientAsync("ann");
            await HookWeb.RegisterAsync(client, receiver.Url, "job.succeeded");
            jobs.Add((await before.CompleteAsync("ann")).Job);
            await NextAsync(receiver, TestContext.Current.CancellationToken);
            jobs.Add((await before.CompleteAsync("ann")).Job);
            await UntilAsync(async () => await redis.Database.StreamLengthAsync(Keys.Outbox) == 0);
        }

        hangs = false;
        await using var after = HookWeb.Start(redis, time);
        Assert.Equal(jobs, [(await NextAsync(receiver, TestContext.Current.CancellationToken)).Job, (await NextAsync(receiver, TestContext.Current.CancellationToken)).Job]);

        fails = true;
        jobs = [(await after.CompleteAsync("ann")).Job];
        await NextAsync(receiver, TestContext.Current.CancellationToken);
        await UntilAsync(async () => await redis.Database.HashLengthAsync(Keys.Tries) == 0);
        // While one hangs, another comes and the first is due again.
        (fails, hangs) = (false, true);
        var blocking = (await after.CompleteAsync("ann")).Job;
        Assert.Equal(blocking, (await NextAsync(receiver, TestContext.Current.CancellationToken)).Job);
        jobs.Add((await after.CompleteAsync("ann")).Job);
        await UntilAsync(async () => await redis.Database.StreamLengthAsync(Keys.Outbox) == 0);
        time.Advance(TimeSpan.FromSeconds(6));
        hangs = false;
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(jobs, [(await NextAsync(receiver, TestContext.Current.CancellationToken)).Job, (await NextAsync(receiver, TestContext.Current.CancellationToken)).Job]);
    }

    [Fact(Timeout = 180_000)]
    public async Task A_delivery_whose_Web_is_gone_is_sent_once_its_lease_has_ended()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        string webhook;
        await using (var before = HookWeb.Start(redis))
        {
            using var client = await before.ClientAsync("ann");
            webhook = (await HookWeb.RegisterAsync(client, receiver.Url, "job.succeeded")).Id;
            await before.CompleteAsync("ann");
            await receiver.NextAsync(TestContext.Current.CancellationToken);
            await HookWeb.DeliveriesAsync(client, webhook, page => page.Count == 1, "delivered");
        }

        var delivery = (string)(await redis.Database.SortedSetRangeByRankAsync(Keys.Deliveries(webhook), -1))[0]!;
        var until = DateTimeOffset.UtcNow.AddSeconds(3).ToUnixTimeMilliseconds();
        await redis.Database.HashSetAsync(Keys.Delivery(delivery), "state", "Pending");
        await redis.Database.SortedSetAddAsync(Keys.Waiting(webhook), delivery, 0);
        await redis.Database.SortedSetAddAsync(Keys.Targets, webhook, until);
        await redis.Database.HashSetAsync(Keys.Tries, webhook, until);

        await using var after = HookWeb.Start(redis);
        Assert.Equal(delivery, (await receiver.NextAsync(TestContext.Current.CancellationToken)).Id);
        Assert.True(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() >= until);
    }

    [Fact(Timeout = 180_000)]
    public async Task Whatever_many_targets_a_host_that_hangs_has_those_behind_them_are_told()
    {
        await using var hanging = await Receiver.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await using var good = await Receiver.StartAsync();
        await using var web = HookWeb.Start();
        using var client = await web.ClientAsync("bob");
        await HookWeb.RegisterAsync(client, good.Url, "job.succeeded");

        // More than are looked at together.
        for (var job = 0; job < 300; job++)
            await web.CompleteAsync("ann", new(hanging.Url, ["job.succeeded"]));
        await web.CompleteAsync("bob");

        await good.NextAsync(TestContext.Current.CancellationToken);
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

    // Which job it tells of, and what.
    private static async Task<(string Job, string Type)> NextAsync(Receiver receiver, CancellationToken cancellationToken)
    {
        var next = await receiver.NextAsync(cancellationToken);
        return ((string)next.Json["data"]!["id"]!, next.Type);
    }

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
}

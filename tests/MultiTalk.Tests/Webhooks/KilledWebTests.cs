using MultiTalk.Tests.Api;
using MultiTalk.Tests.Embedded;
using MultiTalk.Web.Jobs;
using MultiTalk.Web.Webhooks;
using StackExchange.Redis;

namespace MultiTalk.Tests.Webhooks;

/// <summary>A Web that is a process of its own ends with kill -9 while it has to do with webhooks; another goes on.</summary>
public sealed class KilledWebTests
{
    private const string Owner = "admin";

    // A delivery that was being sent is taken over after the lease.
    private static readonly (string Name, string Value)[] _settings =
        [("Webhooks:Timeout", "00:00:10"), ("Webhooks:Lease", "00:00:12"), ("Webhooks:LookEvery", "00:00:00.5")];

    public enum When
    {
        /// <summary>It has read the event, and not stored its delivery.</summary>
        Read,

        /// <summary>The receiver has the request, and has not answered.</summary>
        Sending,

        /// <summary>The receiver has answered, and Redis does not know.</summary>
        Answered,
    }

    [Theory(Timeout = 180_000)]
    [InlineData(When.Read)]
    [InlineData(When.Sending)]
    [InlineData(When.Answered)]
    public async Task Every_event_arrives_with_its_own_id_and_in_order_though_a_Web_is_killed(When when)
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var between = new HeldRedis(redis.ConnectionString);
        var hangs = when == When.Sending;
        await using var receiver = await Receiver.StartAsync(context => hangs ? Task.Delay(Timeout.Infinite, context.RequestAborted) : Task.CompletedTask);
        using var data = new TempDirectory();
        using var killed = await WebProcess.StartAsync(data.Path,
        [
            ("ConnectionStrings__redis", between.ConnectionString), ("Embedded__Runner", "false"), ("DOTNET_STARTUP_HOOKS", typeof(KilledWebTests).Assembly.Location),
            (StartupHook.Trust, Receiver.CertificateHash), .. _settings.Select(setting => (setting.Name.Replace(":", "__", StringComparison.Ordinal), (string?)setting.Value)),
        ]);
        var webhook = await HookWeb.RegisterAsync(killed.Client, receiver.Url, WebhookEvent.Succeeded);
        Assert.Equal(Owner, webhook.Owner);
        await using var store = new StoreAlone(redis);
        var held = when == When.Sending ? Task.CompletedTask : between.HoldAsync(when == When.Read ? Keys.Deliveries("")! : nameof(DeliveryState.Delivered));

        List<string> jobs = [await store.CompleteAsync(Owner)];
        await held;
        var first = when == When.Read ? null : await receiver.NextAsync(TestContext.Current.CancellationToken);
        await killed.KillAsync();
        jobs.Add(await store.CompleteAsync(Owner));
        hangs = false;
        // What is still to be stored has its id already.
        var entries = await redis.Database.StreamRangeAsync(Keys.Outbox);
        await using var other = HookWeb.Start(redis, settings: _settings);

        List<Received> received = [await receiver.NextAsync(TestContext.Current.CancellationToken), await receiver.NextAsync(TestContext.Current.CancellationToken)];
        Assert.Equal(jobs, received.Select(each => (string?)each.Json["data"]!["id"]));
        Assert.Equal([first?.Id ?? Delivery.IdOf(entries[0].Id!, webhook.Id), Delivery.IdOf(entries[^1].Id!, webhook.Id)], received.Select(each => each.Id));
        Assert.All(received, each => Assert.True(each.IsSignedBy(webhook.Secret!)));
        using var client = await other.ClientAsync(Owner);
        // What became of the try that was killed is not known, so it does not count.
        Assert.All(await HookWeb.DeliveriesAsync(client, webhook.Id, page => page.Count == 2, "delivered"), delivery => Assert.Equal(1, delivery.Attempts));
        Assert.Equal(0, receiver.Count);
        Assert.Equal(when == When.Read ? 2 : 1, entries.Length);
    }
}

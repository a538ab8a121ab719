using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Web.Webhooks;

/// <summary>
/// What happened to jobs, as the queue's scripts wrote it in the same step, and who is to hear of it. An entry goes to one Web, and
/// to another if that one did not finish it; its deliveries are the same then.
/// </summary>
public sealed class Outbox(
    RedisConnection redis, JobStore jobs, LiveFleet fleet, WebhookStore webhooks, DeliveryStore deliveries, IOptions<WebhookOptions> options, IOptions<JsonOptions> json, TimeProvider time)
{
    private const string Group = "webhooks";

    // One for all Webs: what one leaves unfinished is found by its age, and nobody has to forget the names of Webs that are gone.
    private const string Consumer = "web";
    private const int Page = 64;

    /// <summary>Stores the deliveries of what is new.</summary>
    /// <returns>Whether there was anything.</returns>
    internal async Task<bool> ReadNewAsync()
    {
        var any = false;
        for (StreamEntry[] entries; (entries = await ReadAsync()).Length > 0; any = true)
            await StoreAsync(entries);
        return any;
    }

    /// <summary>Stores the deliveries of what another Web has begun and not finished.</summary>
    internal async Task TakeOverAsync()
    {
        await MakeGroupAsync();
        var left = await redis.Database.StreamAutoClaimAsync(Keys.Outbox, Group, Consumer, (long)options.Value.Lease.TotalMilliseconds, "0-0", Page);
        await StoreAsync([.. left.ClaimedEntries.Where(entry => !entry.IsNull)]);
    }

    /// <summary>What is sent: the job without what is long and of use to nobody there.</summary>
    internal string Body(string type, DateTimeOffset at, JsonNode data) =>
        new JsonObject { ["type"] = type, ["timestamp"] = at.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), ["data"] = data }
            .ToJsonString(json.Value.SerializerOptions);

    private async Task<StreamEntry[]> ReadAsync()
    {
        try
        {
            return await redis.Database.StreamReadGroupAsync(Keys.Outbox, Group, Consumer, StreamPosition.NewMessages, Page);
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("NOGROUP", StringComparison.Ordinal))
        {
            await MakeGroupAsync();
            return await redis.Database.StreamReadGroupAsync(Keys.Outbox, Group, Consumer, StreamPosition.NewMessages, Page);
        }
    }

    private async Task MakeGroupAsync()
    {
        try
        {
            await redis.Database.StreamCreateConsumerGroupAsync(Keys.Outbox, Group, StreamPosition.Beginning);
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("BUSYGROUP", StringComparison.Ordinal))
        {
            // It is there.
        }
    }

    private async Task StoreAsync(StreamEntry[] entries)
    {
        foreach (var entry in entries)
        {
            await StoreAsync((string)entry.Id!, (string)entry["event"]!, (string)entry["job"]!);
            await redis.Database.StreamAcknowledgeAsync(Keys.Outbox, Group, entry.Id);
            await redis.Database.StreamDeleteAsync(Keys.Outbox, [entry.Id]);
        }
    }

    private async Task StoreAsync(string entry, string type, string id)
    {
        var owner = (string?)await redis.Database.HashGetAsync(Keys.Job(id), "owner");
        if (owner is null)
            return;
        var targets = (await webhooks.WantingAsync(owner, type)).Select(webhook => webhook.Id).ToList();
        if (await webhooks.OfJobAsync(id) is { } own && (own.Events is not { Count: > 0 } || own.Events.Contains(type)))
            targets.Add(Target.OfJob(id));
        if (targets.Count == 0 || await FindAsync(id) is not { } job)
            return;

        var document = JsonSerializer.SerializeToNode(JobDocument.Of(job, await fleet.GetAsync()), json.Value.SerializerOptions)!.AsObject();
        document.Remove("plan");
        document.Remove("parity");
        var at = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(entry.Split('-')[0], CultureInfo.InvariantCulture));
        var body = Body(type, at, document);
        foreach (var target in targets)
            await deliveries.AddAsync(target, new(Delivery.IdOf(entry, target), type, id, body) { CreatedAt = time.GetUtcNow(), NextAttemptAt = time.GetUtcNow() });
    }

    // One that cannot be read must not keep the others from being told of.
    private async Task<Job?> FindAsync(string id)
    {
        try
        {
            return await jobs.FindAsync(id);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}

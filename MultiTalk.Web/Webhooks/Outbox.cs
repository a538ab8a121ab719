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
/// What happened to jobs, as the queue's scripts wrote it in the same step, and who is to hear of it. Every Web reads it. An entry
/// leaves it together with its deliveries being stored, and only if it is the first: so none is lost with the Web that read it, none
/// is stored by two, and none overtakes another.
/// </summary>
public sealed class Outbox(RedisConnection redis, JobStore jobs, LiveFleet fleet, WebhookStore webhooks, DeliveryStore deliveries, IOptions<JsonOptions> json)
{
    private const int Page = 64;

    /// <summary>Stores the deliveries of what is in it.</summary>
    internal async Task EmptyAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested && await redis.Database.StreamRangeAsync(Keys.Outbox, count: Page) is { Length: > 0 } entries)
        {
            // From where another Web has come to, if one took what this one was to.
            foreach (var entry in entries)
            {
                if (stopping.IsCancellationRequested || !await TakeAsync(entry))
                    break;
            }
        }
    }

    /// <summary>What is sent: the job without what is long and of use to nobody there.</summary>
    internal string Body(string type, DateTimeOffset at, JsonNode data) =>
        new JsonObject { ["type"] = type, ["timestamp"] = at.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), ["data"] = data }
            .ToJsonString(json.Value.SerializerOptions);

    private async Task<bool> TakeAsync(StreamEntry entry)
    {
        var (id, type, job) = ((string)entry.Id!, (string?)entry["event"] ?? "", (string?)entry["job"] ?? "");
        if (await ReadAsync(type, job) is var (targets, document))
            return await deliveries.TakeAsync(id, targets, type, job, Body(type, DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(id.Split('-')[0], CultureInfo.InvariantCulture)), document));
        await redis.Database.StreamDeleteAsync(Keys.Outbox, [id]);
        return true;
    }

    // Who is to hear of it, and what; null if nobody. What cannot be read must not keep the rest from being told.
    private async Task<(IReadOnlyList<string> Targets, JsonObject Document)?> ReadAsync(string type, string id)
    {
        try
        {
            if ((string?)await redis.Database.HashGetAsync(Keys.Job(id), "owner") is not { } owner)
                return null;
            var targets = (await webhooks.WantingAsync(owner, type)).Select(webhook => webhook.Id).ToList();
            if (await webhooks.OfJobAsync(id) is { } own && (own.Events is not { Count: > 0 } || own.Events.Contains(type)))
                targets.Add(Target.OfJob(id));
            if (targets.Count == 0 || await jobs.FindAsync(id) is not { } job)
                return null;

            var document = JsonSerializer.SerializeToNode(JobDocument.Of(job, await fleet.GetAsync()), json.Value.SerializerOptions)!.AsObject();
            document.Remove("plan");
            document.Remove("parity");
            return (targets, document);
        }
        catch (Exception exception) when (exception is InvalidDataException or JsonException)
        {
            return null;
        }
    }
}

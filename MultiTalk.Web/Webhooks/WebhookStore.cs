using System.Text.Json;
using Microsoft.Extensions.Options;
using MultiTalk.Web.Jobs;
using StackExchange.Redis;

namespace MultiTalk.Web.Webhooks;

/// <summary>The webhooks on Redis, and the secrets of their owners.</summary>
public sealed class WebhookStore(RedisConnection redis, WebhookSecrets secrets, IOptions<WebhookOptions> options, TimeProvider time)
{
    /// <summary>The code of an address to which nothing is sent.</summary>
    public const string UrlRefused = "webhook_url_refused";

    private static readonly RedisValue[] _secretFields = ["secret", "oldSecret", "oldUntil"];

    /// <summary>Registers one.</summary>
    /// <returns>It, and the secret that is shown once; null if the owner has as many as may be.</returns>
    public async Task<(Webhook Webhook, string Secret)?> AddAsync(string owner, string url, IReadOnlyList<string> events, string? description)
    {
        var (webhook, secret) = (new Webhook(JobStore.NewId(), owner, url, events) { Description = description, CreatedAt = time.GetUtcNow() }, WebhookSecrets.New());
        var adding = redis.Database.CreateTransaction();
        var room = adding.AddCondition(Condition.SortedSetLengthLessThan(Keys.WebhooksOf(owner), options.Value.MaxPerOwner));
        _ = adding.HashSetAsync(Keys.Webhook(webhook.Id), [.. webhook.Fields(), .. secrets.Fields(secret)]);
        _ = adding.SortedSetAddAsync(Keys.WebhooksOf(owner), webhook.Id, 0);
        _ = adding.SortedSetAddAsync(Keys.Webhooks, webhook.Id, 0);
        // It may also fail because somebody else registered one at the same moment.
        while (!await adding.ExecuteAsync())
        {
            if (!room.WasSatisfied && await redis.Database.SortedSetLengthAsync(Keys.WebhooksOf(owner)) >= options.Value.MaxPerOwner)
                return null;
        }

        return (webhook, secret);
    }

    /// <summary>One; null if there is none.</summary>
    public async Task<Webhook?> FindAsync(string id) => Webhook.Read(id, await redis.Database.HashGetAllAsync(Keys.Webhook(id)));

    /// <summary>A page, newest first.</summary>
    /// <param name="owner">Whose; null for everybody's.</param>
    /// <param name="before">The last id of the page before; null for the first.</param>
    /// <param name="limit">Most a page.</param>
    public async Task<IReadOnlyList<Webhook>> ListAsync(string? owner, string? before, int limit)
    {
        var ids = await redis.Database.SortedSetRangeByValueAsync(
            owner is null ? Keys.Webhooks : Keys.WebhooksOf(owner), default, before ?? default(RedisValue), Exclude.Stop, Order.Descending, 0, limit);
        var found = await Task.WhenAll(ids.Select(id => FindAsync(id!)));
        return [.. found.OfType<Webhook>()];
    }

    /// <summary>Those of an owner that want to hear of an event.</summary>
    internal async Task<IReadOnlyList<Webhook>> WantingAsync(string owner, string type) =>
        [.. (await ListAsync(owner, null, options.Value.MaxPerOwner)).Where(webhook => webhook.Wants(type))];

    /// <summary>Stores a changed one; false if it is gone.</summary>
    public Task<bool> ChangeAsync(Webhook webhook) => SetAsync(webhook.Id, webhook.Fields());

    /// <summary>Gives one another secret. The one before signs too, for a while.</summary>
    /// <returns>The secret, shown once; null if the webhook is gone.</returns>
    public async Task<string?> RotateAsync(string id)
    {
        var secret = WebhookSecrets.New();
        return await SetAsync(id, secrets.Fields(secret, await redis.Database.HashGetAsync(Keys.Webhook(id), "secret"))) ? secret : null;
    }

    /// <summary>Forgets one, with what waits for it.</summary>
    public async Task RemoveAsync(Webhook webhook)
    {
        var removing = redis.Database.CreateTransaction();
        _ = removing.KeyDeleteAsync([Keys.Webhook(webhook.Id), Keys.Waiting(webhook.Id), Keys.Deliveries(webhook.Id)]);
        _ = removing.SortedSetRemoveAsync(Keys.WebhooksOf(webhook.Owner), webhook.Id);
        _ = removing.SortedSetRemoveAsync(Keys.Webhooks, webhook.Id);
        _ = removing.SortedSetRemoveAsync(Keys.Targets, webhook.Id);
        _ = removing.HashDeleteAsync(Keys.Tries, webhook.Id);
        await removing.ExecuteAsync();
    }

    /// <summary>The secret that signs what an owner's jobs send to addresses of their own; made when it is first asked for.</summary>
    public async Task<string> JobSecretAsync(string owner)
    {
        var key = Keys.JobSecret(owner);
        await redis.Database.HashSetAsync(key, "secret", secrets.Fields(WebhookSecrets.New())[0].Value, When.NotExists);
        return secrets.Open(await redis.Database.HashGetAsync(key, "secret"));
    }

    /// <summary>Replaces that one. The one before signs too, for a while.</summary>
    public async Task<string> RotateJobSecretAsync(string owner)
    {
        var (key, secret) = (Keys.JobSecret(owner), WebhookSecrets.New());
        await redis.Database.HashSetAsync(key, secrets.Fields(secret, await redis.Database.HashGetAsync(key, "secret")));
        return secret;
    }

    /// <summary>
    /// What <see cref="NewJob.Hooks"/> is to be: the address that the job names, or <c>null</c> as JSON if its owner has webhooks; null if
    /// nobody is to be told how it goes on. Its end is always told.
    /// </summary>
    public async Task<string?> HooksAsync(string owner, JobWebhook? webhook) =>
        webhook is not null || await redis.Database.KeyExistsAsync(Keys.WebhooksOf(owner))
            ? JsonSerializer.Serialize(webhook!, WebhooksJson.Default.JobWebhook)
            : null;

    /// <summary>The address that a job names; null if it names none, or is gone.</summary>
    internal async Task<JobWebhook?> OfJobAsync(string job) =>
        JobHash.Read(await redis.Database.HashGetAsync(Keys.Job(job), "hooks"), WebhooksJson.Default.JobWebhook);

    /// <summary>Where what is for a target goes; null if nowhere any more.</summary>
    internal async Task<Destination?> DestinationAsync(string target)
    {
        if (Target.Job(target) is not { } job)
            return await FindAsync(target) is { Active: true } webhook ? new(webhook.Url, await redis.Database.HashGetAsync(Keys.Webhook(target), _secretFields)) : null;
        var (named, owner) = (await OfJobAsync(job), (string?)await redis.Database.HashGetAsync(Keys.Job(job), "owner"));
        if (named is null || owner is null)
            return null;
        await JobSecretAsync(owner);
        return new(named.Url, await redis.Database.HashGetAsync(Keys.JobSecret(owner), _secretFields));
    }

    private async Task<bool> SetAsync(string id, HashEntry[] fields)
    {
        var changing = redis.Database.CreateTransaction();
        changing.AddCondition(Condition.KeyExists(Keys.Webhook(id)));
        _ = changing.HashSetAsync(Keys.Webhook(id), fields);
        while (!await changing.ExecuteAsync())
        {
            if (!await redis.Database.KeyExistsAsync(Keys.Webhook(id)))
                return false;
        }

        return true;
    }
}

/// <summary>Where a delivery goes.</summary>
/// <param name="Url">The address.</param>
/// <param name="Secrets">What signs it: secret, oldSecret and oldUntil, as they are stored.</param>
internal sealed record Destination(string Url, RedisValue[] Secrets)
{
    /// <summary>Which tries disturb each other.</summary>
    public string Host { get; } = new Uri(Url).Authority;
}

/// <summary>What deliveries wait for: a webhook, by its id, or a job that names an address of its own.</summary>
internal static class Target
{
    private const string Prefix = "job-";

    /// <summary>The target of a job that names an address.</summary>
    public static string OfJob(string job) => Prefix + job;

    /// <summary>The job; null if the target is a webhook.</summary>
    public static string? Job(string target) => target.StartsWith(Prefix, StringComparison.Ordinal) ? target[Prefix.Length..] : null;
}

using System.Security.Claims;
using MultiTalk.Web.Access;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Api;

/// <summary>A key as the API shows it: all but the key itself.</summary>
/// <param name="Id">Names it in this API; no secret.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Owner">Whose jobs it makes and reads.</param>
/// <param name="Scopes">What may be done with it.</param>
/// <param name="Limits">How much; null for what is set for all.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">From when on it is refused; null for never.</param>
/// <param name="LastUsedAt">When it was used last, to the minute; null if it was not.</param>
/// <param name="MadeBy">The id of the key that made it, or <c>person</c>.</param>
public sealed record KeyDocument(
    string Id, string? Name, string Owner, IReadOnlyList<string> Scopes, Limits? Limits, DateTimeOffset? CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt, string? MadeBy)
{
    /// <summary>The key itself: here, and never again.</summary>
    public string? Key { get; init; }
}

/// <summary>A page of keys, the newest first.</summary>
/// <param name="Items">The keys.</param>
/// <param name="Next">The cursor of the next page; null after the last.</param>
public sealed record KeyPage(IReadOnlyList<KeyDocument> Items, string? Next);

/// <summary>A key that is asked for.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Scopes">What may be done with it; no more than with the key that asks.</param>
/// <param name="Owner">Whose jobs it makes and reads; one's own unless an administrator asks.</param>
/// <param name="ExpiresAt">From when on it is refused; null for never, or as the key that asks.</param>
/// <param name="Limits">How much; null for what is set for all.</param>
public sealed record NewKeyRequest(string Name, IReadOnlyList<string> Scopes, string? Owner = null, DateTimeOffset? ExpiresAt = null, Limits? Limits = null);

/// <summary>What changes of a key; null leaves it.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Scopes">Some of those that it has.</param>
/// <param name="Limits">How much; a limit that is left out is as for the key that asks.</param>
public sealed record KeyChange(string? Name = null, IReadOnlyList<string>? Scopes = null, Limits? Limits = null);

/// <summary>API keys over REST.</summary>
public static class KeysApi
{
    /// <summary>Where the API lives.</summary>
    public const string Root = "/api/v1/keys";

    private const int MaxPage = 200;

    /// <summary>Maps the endpoints.</summary>
    public static IEndpointRouteBuilder MapKeysApi(this IEndpointRouteBuilder app)
    {
        var keys = app.MapGroup(Root).WithTags("Keys").RequireAuthorization(Policies.Holder).LimitMessages();
        keys.MapGet("", List).WithName("ListKeys").WithDescription("Newest first, without the keys themselves. With the scope administer everybody's, or those of an owner.").WithSummary("Your keys; an administrator sees everybody's.").Produces<KeyPage>();
        keys.MapPost("", Make).WithName("MakeKey").WithDescription("It can have no more scopes than what makes it, and only an administrator makes one for somebody else or with wider limits.")
            .WithProblems("name_invalid", "owner_invalid", "scopes_invalid", "limits_invalid", "scopes_beyond_yours", "expiry_invalid", "limits_beyond_yours", "too_many_keys")
            .WithExample("""{"name": "nightly batch", "scopes": ["submit", "read"], "expiresAt": "2030-01-01T00:00:00Z", "limits": {"queuedJobs": 20}}""")
            .WithSummary("Makes a key. It is shown here and never again.").Produces<KeyDocument>(StatusCodes.Status201Created);
        keys.MapGet("{id}", Get).WithName("GetKey").WithDescription("What it may do, its limits and when it was used last. The key itself is nowhere to be had.")
            .WithProblems("key_not_found")
            .WithSummary("A key, without the key itself.").Produces<KeyDocument>();
        keys.MapPatch("{id}", Change).WithName("ChangeKey").WithDescription("Scopes are only ever taken away; for more, make another key.")
            .WithProblems("key_not_found", "key_beyond_yours", "key_configured", "name_invalid", "scopes_invalid", "scopes_wider", "limits_invalid", "limits_beyond_yours")
            .WithExample("""{"name": "weekly batch", "limits": {"queuedJobs": 10}}""")
            .WithSummary("Changes a key's name or limits, or takes scopes from it.").Produces<KeyDocument>();
        keys.MapDelete("{id}", Delete).WithName("DeleteKey").WithDescription("Its next request is refused.")
            .WithProblems("key_not_found", "key_beyond_yours", "key_configured")
            .WithSummary("Revokes a key at once.").Produces(StatusCodes.Status204NoContent);
        return app;
    }

    private static async Task<IResult> List(ClaimsPrincipal user, AccessStore store, string? owner = null, string? cursor = null, int limit = 50)
    {
        var isAdmin = user.Has(Scopes.Administer);
        if (!string.IsNullOrEmpty(owner) && owner != user.Owner() && !isAdmin)
            return Problems.Forbidden();
        limit = Math.Clamp(limit, 1, MaxPage);
        var wanted = !string.IsNullOrEmpty(owner) ? owner : isAdmin ? null : user.Owner();
        var used = await store.KeysUsedAsync();
        var page = (await store.KeysAsync())
            .Where(grant => (wanted is null || grant.Owner == wanted) && (string.IsNullOrEmpty(cursor) || string.CompareOrdinal(grant.Id, cursor) < 0))
            .OrderByDescending(grant => grant.Id, StringComparer.Ordinal)
            .Take(limit + 1).ToList();
        return Results.Ok(new KeyPage([.. page.Take(limit).Select(grant => Document(grant, used))], page.Count > limit ? page[limit - 1].Id : null));
    }

    private static async Task<IResult> Make(NewKeyRequest request, ClaimsPrincipal user, AccessStore store, Quotas quotas, TimeProvider time)
    {
        var (owner, isAdmin) = (request.Owner ?? user.Owner(), user.Has(Scopes.Administer));
        if (!AccessRules.IsName(request.Name))
            return Problems.NameInvalid();
        if (!AccessRules.IsOwner(owner))
            return Problems.OwnerInvalid();
        if (request.Scopes.Count == 0 || request.Scopes.Except(Scopes.All).Any())
            return Problems.ScopesInvalid();
        if (request.Limits is { AreSound: false })
            return Problems.LimitsInvalid();
        if (owner != user.Owner() && !isAdmin)
            return Problems.Forbidden();
        // Nobody lends more than they have, not even an administrator.
        if (!request.Scopes.All(user.Has))
            return Problems.ScopesBeyondYours();
        var expires = request.ExpiresAt ?? user.ExpiresAt();
        if (expires <= time.GetUtcNow() || expires > user.ExpiresAt())
            return Problems.ExpiryInvalid();
        // Without limits of its own it would have those that are set for all, which may be wider.
        var own = quotas.LimitsOf(user);
        var limits = request.Limits is { } asked ? asked.Over(own) : user.HasLimits() ? own : null;
        if (limits is not null && !isAdmin && !limits.AreWithin(own))
            return Problems.LimitsBeyondYours();
        if ((await store.KeysAsync()).Count(grant => grant.Owner == owner) >= AccessRules.MaxKeys)
            return Problems.TooManyKeys(AccessRules.MaxKeys);

        var key = Secret.New(Secret.OfKey);
        var made = new Grant(JobStore.NewId(), owner, [.. Scopes.All.Intersect(request.Scopes)])
        {
            Name = request.Name,
            CreatedAt = time.GetUtcNow(),
            ExpiresAt = expires,
            Limits = limits,
            MadeBy = user.GrantId(),
        };
        await store.AddKeyAsync(key, made);
        return Results.Created($"{Root}/{made.Id}", Document(made) with { Key = key });
    }

    private static async Task<IResult> Get(string id, ClaimsPrincipal user, AccessStore store) =>
        await FindAsync(id, user, store) is { } grant ? Results.Ok(Document(grant, await store.KeysUsedAsync())) : Problems.NoSuchKey();

    private static async Task<IResult> Change(string id, KeyChange change, ClaimsPrincipal user, AccessStore store, Quotas quotas)
    {
        if (await FindAsync(id, user, store) is not { } grant)
            return Problems.NoSuchKey();
        if (!MayChange(user, grant))
            return Problems.KeyBeyondYours();
        if (grant.Id == Welcome.Configured)
            return Problems.KeyConfigured();
        if (change.Name is not null && !AccessRules.IsName(change.Name))
            return Problems.NameInvalid();
        if (change.Scopes is { } scopes && (scopes.Count == 0 || scopes.Except(Scopes.All).Any()))
            return Problems.ScopesInvalid();
        if (change.Scopes?.Except(grant.Scopes).Any() == true)
            return Problems.ScopesWider();
        if (change.Limits is { AreSound: false })
            return Problems.LimitsInvalid();
        var own = quotas.LimitsOf(user);
        if (change.Limits is { } limits && !user.Has(Scopes.Administer) && !limits.Over(own).AreWithin(own))
            return Problems.LimitsBeyondYours();

        // What is left out stays; where there was nothing, it is as it is for who asks: a key with narrow limits must not widen its own.
        var changed = await store.ChangeKeyAsync(id, known => known with
        {
            Name = change.Name ?? known.Name,
            Scopes = change.Scopes is null ? known.Scopes : [.. known.Scopes.Intersect(change.Scopes)],
            Limits = change.Limits?.Over(known.Limits ?? own) ?? known.Limits,
        });
        return changed is null ? Problems.NoSuchKey() : Results.Ok(Document(changed, await store.KeysUsedAsync()));
    }

    private static async Task<IResult> Delete(string id, ClaimsPrincipal user, AccessStore store)
    {
        if (await FindAsync(id, user, store) is not { } grant)
            return Problems.NoSuchKey();
        if (!MayChange(user, grant))
            return Problems.KeyBeyondYours();
        // It would be back after the next start.
        if (grant.Id == Welcome.Configured)
            return Problems.KeyConfigured();
        return await store.RemoveKeysAsync(id) ? Results.NoContent() : Problems.NoSuchKey();
    }

    // Somebody else's key does not exist, so that ids tell nothing.
    private static async Task<Grant?> FindAsync(string id, ClaimsPrincipal user, AccessStore store) =>
        (await store.KeysAsync()).FirstOrDefault(grant => grant.Id == id && (grant.Owner == user.Owner() || user.Has(Scopes.Administer)));

    // A key that may do little must not take away those that may do much.
    private static bool MayChange(ClaimsPrincipal user, Grant grant) => user.Has(Scopes.Administer) || grant.Scopes.All(user.Has);

    private static KeyDocument Document(Grant grant, IReadOnlyDictionary<string, DateTimeOffset>? used = null) => new(
        grant.Id, grant.Name, grant.Owner, grant.Scopes, grant.Limits, grant.CreatedAt, grant.ExpiresAt,
        used is not null && used.TryGetValue(grant.Id, out var last) ? last : null, grant.MadeBy);
}

using System.Security.Claims;
using MultiTalk.Web.Access;

namespace MultiTalk.Web.Api;

/// <summary>Who asks, and what they may do.</summary>
/// <param name="Owner">Whose jobs are made and read.</param>
/// <param name="Scopes">What may be done.</param>
/// <param name="Key">The id of the key; null in a session.</param>
/// <param name="Session">Whether this is a person's session.</param>
/// <param name="Limits">How much may be done; 0 for no limit.</param>
/// <param name="Usage">How much was done today, with all keys of the owner.</param>
public sealed record MeDocument(string Owner, IReadOnlyList<string> Scopes, string? Key, bool Session, Limits Limits, Usage Usage);

/// <summary>Whose sessions end.</summary>
/// <param name="Owner">One's own unless an administrator asks.</param>
public sealed record RevokeSessionsRequest(string? Owner = null);

/// <summary>What concerns who asks.</summary>
public static class MeApi
{
    /// <summary>Where the API lives.</summary>
    public const string Root = "/api/v1/me";

    /// <summary>Where sessions are ended.</summary>
    public const string Revoke = "/api/v1/sessions/revoke";

    /// <summary>Maps the endpoints.</summary>
    public static IEndpointRouteBuilder MapMeApi(this IEndpointRouteBuilder app)
    {
        var me = app.MapGroup("").WithTags("Me").RequireAuthorization(Policies.Holder).LimitMessages();
        me.MapGet(Root, Get).WithName("GetMe").WithSummary("Who you are, what you may do, and how much of it you used today.")
            .WithDescription("Limits of 0 are none. What is used is counted for the owner, over all keys, and begins anew at midnight, UTC.").Produces<MeDocument>();
        me.MapPost(Revoke, RevokeSessions).WithName("RevokeSessions").WithProblems("owner_invalid")
            .WithSummary("Signs you out everywhere; an administrator, anybody.")
            .WithDescription("Every session of the owner ends at its next request; keys stay as they are.").WithExample("""{"owner": "ada"}""").Produces(StatusCodes.Status204NoContent);
        return app;
    }

    private static async Task<IResult> Get(ClaimsPrincipal user, Quotas quotas) => Results.Ok(new MeDocument(
        user.Owner(), [.. Scopes.All.Where(user.Has)], user.IsPerson() ? null : user.GrantId(), user.IsPerson(), quotas.LimitsOf(user), await quotas.UsageAsync(user.Owner())));

    private static async Task<IResult> RevokeSessions(RevokeSessionsRequest? request, ClaimsPrincipal user, AccessStore store)
    {
        var owner = request?.Owner ?? user.Owner();
        if (!AccessRules.IsOwner(owner))
            return Problems.OwnerInvalid();
        if (owner != user.Owner() && !user.Has(Scopes.Administer))
            return Problems.Forbidden();
        await store.EndSessionsAsync(owner);
        return Results.NoContent();
    }
}

using MultiTalk.Web.Access;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Web.Api;

/// <summary>A token for one runner as the API shows it: all but the token itself.</summary>
/// <param name="Id">Names it in this API; no secret.</param>
/// <param name="Name">What people call it.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Runner">The id of the runner whose it is; null until one has registered with it.</param>
public sealed record RunnerTokenDocument(string Id, string Name, DateTimeOffset CreatedAt, string? Runner)
{
    /// <summary>The token itself: here, and never again.</summary>
    public string? Token { get; init; }
}

/// <summary>A page of runner tokens, the newest first.</summary>
/// <param name="Items">The tokens.</param>
/// <param name="Next">The cursor of the next page; null after the last.</param>
public sealed record RunnerTokenPage(IReadOnlyList<RunnerTokenDocument> Items, string? Next);

/// <summary>A runner token that is asked for.</summary>
/// <param name="Name">What people call it.</param>
public sealed record NewRunnerTokenRequest(string Name);

/// <summary>Runner tokens over REST, for administrators: one for each runner.</summary>
public static class RunnerTokensApi
{
    /// <summary>Where the API lives.</summary>
    public const string Root = "/api/v1/runner-tokens";

    private const int MaxPage = 200;

    /// <summary>Maps the endpoints.</summary>
    public static IEndpointRouteBuilder MapRunnerTokensApi(this IEndpointRouteBuilder app)
    {
        var tokens = app.MapGroup(Root).WithTags("Runner tokens").RequireAuthorization(Policies.Administer).LimitMessages();
        tokens.MapGet("", List).WithName("ListRunnerTokens").WithDescription("Newest first, without the tokens themselves, and with the runner that each belongs to.").WithSummary("The tokens that belong to one runner each.").Produces<RunnerTokenPage>();
        tokens.MapPost("", Make).WithName("MakeRunnerToken").WithDescription("It belongs to the runner that registers first with it, and to no other.")
            .WithProblems("name_invalid", "too_many_keys")
            .WithExample("""{"name": "the A100 in the cellar"}""")
            .WithSummary("Makes a token for one runner. It is shown here and never again.").Produces<RunnerTokenDocument>(StatusCodes.Status201Created);
        tokens.MapDelete("{id}", Delete).WithName("DeleteRunnerToken").WithDescription("What the runner works on is put back once its lease ends; it may come again with another token.")
            .WithProblems("runner_token_not_found")
            .WithSummary("Revokes a token: its runner is refused from its next request on.").Produces(StatusCodes.Status204NoContent);
        return app;
    }

    private static async Task<IResult> List(AccessStore store, string? cursor = null, int limit = 50)
    {
        limit = Math.Clamp(limit, 1, MaxPage);
        var page = (await store.RunnerTokensAsync())
            .Where(entry => string.IsNullOrEmpty(cursor) || string.CompareOrdinal(entry.Token.Id, cursor) < 0)
            .OrderByDescending(entry => entry.Token.Id, StringComparer.Ordinal)
            .Take(limit + 1).Select(entry => Document(entry.Token, entry.Runner)).ToList();
        return Results.Ok(new RunnerTokenPage([.. page.Take(limit)], page.Count > limit ? page[limit - 1].Id : null));
    }

    private static async Task<IResult> Make(NewRunnerTokenRequest request, AccessStore store, TimeProvider time)
    {
        if (!AccessRules.IsName(request.Name))
            return Problems.NameInvalid();
        if ((await store.RunnerTokensAsync()).Count >= AccessRules.MaxRunnerTokens)
            return Problems.TooManyKeys(AccessRules.MaxRunnerTokens);
        var secret = Secret.New(Secret.OfRunner);
        var token = new RunnerToken(JobStore.NewId(), request.Name, time.GetUtcNow());
        await store.AddRunnerTokenAsync(secret, token);
        return Results.Created($"{Root}/{token.Id}", Document(token, null) with { Token = secret });
    }

    private static async Task<IResult> Delete(string id, AccessStore store) =>
        await store.RemoveRunnerTokenAsync(id) ? Results.NoContent() : Problems.NoSuchRunnerToken();

    private static RunnerTokenDocument Document(RunnerToken token, string? runner) => new(token.Id, token.Name, token.CreatedAt, runner);
}

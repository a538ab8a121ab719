using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Access;

public sealed class KeysTests(QueueOnlyWeb web) : IClassFixture<QueueOnlyWeb>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_limit_that_is_changed_leaves_the_others_as_they_are()
    {
        using var administrator = await web.ClientAsync("root", [.. Scopes.All]);
        var key = await MakeAsync(administrator, new("narrow", [Scopes.Read], Limits: new() { SubmissionsAMinute = 5, QueuedJobs = 3, UploadBytesADay = 1_000_000, GpuMinutesADay = 7 }));

        using var changed = await administrator.PatchAsJsonAsync($"{KeysApi.Root}/{key.Id}", new KeyChange(Limits: new() { QueuedJobs = 10 }), Cancellation);

        Assert.Equal(
            new Limits { SubmissionsAMinute = 5, QueuedJobs = 10, UploadBytesADay = 1_000_000, GpuMinutesADay = 7 }, (await changed.Content.ReadFromJsonAsync<KeyDocument>(Cancellation))!.Limits);
    }

    [Fact]
    public async Task A_key_is_shown_once_works_at_once_and_is_refused_once_it_is_revoked()
    {
        using var ada = await web.ClientAsync("ada-life");

        var made = await MakeAsync(ada, new("nightly", [Scopes.Read]));
        using var nightly = With(made.Key!);
        using var works = await nightly.GetAsync(JobsApi.Root, Cancellation);
        var shown = await ada.GetFromJsonAsync<KeyDocument>($"{KeysApi.Root}/{made.Id}", Cancellation);
        using var revoked = await ada.DeleteAsync($"{KeysApi.Root}/{made.Id}", Cancellation);
        using var refused = await nightly.GetAsync(JobsApi.Root, Cancellation);

        Assert.StartsWith("mt_", made.Key, StringComparison.Ordinal);
        // 256 bits, six a character.
        Assert.Equal(43, made.Key!.Length - "mt_".Length);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NoContent, HttpStatusCode.Unauthorized), (works.StatusCode, revoked.StatusCode, refused.StatusCode));
        Assert.Equal(("nightly", "ada-life", null), (shown!.Name, shown.Owner, shown.Key));
        Assert.NotNull(shown.LastUsedAt);
    }

    [Fact]
    public async Task Nobody_lends_more_than_they_have()
    {
        using var reader = await web.ClientAsync("ada-lends", Scopes.Read);
        using var manager = await web.ClientAsync("manager", Scopes.Administer, Scopes.Read);

        Assert.Equal("scopes_beyond_yours", await RefusedAsync(reader, new("more", [Scopes.Read, Scopes.Submit])));
        Assert.Equal("scopes_beyond_yours", await RefusedAsync(reader, new("most", [Scopes.Administer])));
        Assert.Equal("scopes_beyond_yours", await RefusedAsync(manager, new("for all", [Scopes.ReadAll])));
        Assert.Equal("not_allowed", await RefusedAsync(reader, new("for bob", [Scopes.Read], Owner: "bob")));
        Assert.Equal("limits_beyond_yours", await RefusedAsync(reader, new("wide", [Scopes.Read], Limits: new() { QueuedJobs = 0 })));
        Assert.Equal("bob", (await MakeAsync(manager, new("for bob", [Scopes.Read], Owner: "bob"))).Owner);
        Assert.Equal(5_000, (await MakeAsync(manager, new("wide", [Scopes.Read], Limits: new() { QueuedJobs = 5_000 }))).Limits?.QueuedJobs);
    }

    [Fact]
    public async Task A_key_that_expires_and_has_narrow_limits_makes_none_that_lives_longer_or_may_more()
    {
        var expires = DateTimeOffset.UtcNow.AddHours(1);
        using var ada = await web.ClientAsync("ada-short");
        var narrow = await MakeAsync(ada, new("narrow", [Scopes.Read], ExpiresAt: expires, Limits: new() { QueuedJobs = 2 }));
        using var client = With(narrow.Key!);

        var child = await MakeAsync(client, new("child", [Scopes.Read]));

        Assert.Equal((expires, 2, narrow.Id), (child.ExpiresAt, child.Limits?.QueuedJobs, child.MadeBy));
        Assert.Equal("expiry_invalid", await RefusedAsync(client, new("longer", [Scopes.Read], ExpiresAt: expires.AddMinutes(1))));
        Assert.Equal("limits_beyond_yours", await RefusedAsync(client, new("wider", [Scopes.Read], Limits: new() { QueuedJobs = 3 })));
        using var widened = await client.PatchAsJsonAsync($"{KeysApi.Root}/{narrow.Id}", new KeyChange(Limits: new() { QueuedJobs = 3 }), Cancellation);
        Assert.Equal("limits_beyond_yours", await widened.ProblemCodeAsync());
        using var left = await client.PatchAsJsonAsync($"{KeysApi.Root}/{narrow.Id}", new KeyChange(Limits: new() { SubmissionsAMinute = 0 }), Cancellation);
        Assert.Equal(2, (await left.Content.ReadFromJsonAsync<KeyDocument>(Cancellation))!.Limits?.QueuedJobs);
    }

    [Fact]
    public async Task An_expired_key_is_refused_and_none_is_made_that_has_expired()
    {
        using var ada = await web.ClientAsync("ada-late");
        var key = Secret.New(Secret.OfKey);
        await web.Access.AddKeyAsync(key, new(JobStore.NewId(), "ada-late", [Scopes.Read]) { ExpiresAt = DateTimeOffset.UtcNow.AddSeconds(-1) });

        using var late = await With(key).GetAsync(JobsApi.Root, Cancellation);

        Assert.Equal(HttpStatusCode.Unauthorized, late.StatusCode);
        Assert.Equal("expiry_invalid", await RefusedAsync(ada, new("late", [Scopes.Read], ExpiresAt: DateTimeOffset.UtcNow.AddSeconds(-1))));
    }

    [Fact]
    public async Task Scopes_can_be_taken_from_a_key_and_not_be_given_to_it()
    {
        using var ada = await web.ClientAsync("ada-narrows");
        var made = await MakeAsync(ada, new("both", [Scopes.Submit, Scopes.Read]));
        var path = $"{KeysApi.Root}/{made.Id}";

        using var narrowed = await ada.PatchAsJsonAsync(path, new KeyChange("reads", [Scopes.Read]), Cancellation);
        using var widened = await ada.PatchAsJsonAsync(path, new KeyChange(Scopes: [Scopes.Submit]), Cancellation);
        using var submits = await With(made.Key!).PostAsync(JobsApi.Root, null, Cancellation);

        var document = await narrowed.Content.ReadFromJsonAsync<KeyDocument>(Cancellation);
        Assert.Equal(("reads", "read"), (document!.Name, string.Join(' ', document.Scopes)));
        Assert.Equal("scopes_wider", await widened.ProblemCodeAsync());
        Assert.Equal(HttpStatusCode.Forbidden, submits.StatusCode);
    }

    [Fact]
    public async Task A_key_that_may_little_takes_none_away_that_may_much()
    {
        using var ada = await web.ClientAsync("ada-little");
        using var reader = await web.ClientAsync("ada-little", Scopes.Read);
        var made = await MakeAsync(ada, new("both", [Scopes.Submit, Scopes.Read]));

        using var deleted = await reader.DeleteAsync($"{KeysApi.Root}/{made.Id}", Cancellation);

        Assert.Equal("key_beyond_yours", await deleted.ProblemCodeAsync());
    }

    [Fact]
    public async Task Another_s_key_does_not_exist_but_for_an_administrator()
    {
        using var bob = await web.ClientAsync("bob-hides");
        using var eve = await web.ClientAsync("eve", Scopes.Submit, Scopes.Read, Scopes.ReadAll, Scopes.Operate);
        using var admin = await web.ClientAsync("root", Scopes.Administer);
        var path = $"{KeysApi.Root}/{(await MakeAsync(bob, new("bob's", [Scopes.Read]))).Id}";

        using var got = await eve.GetAsync(path, Cancellation);
        using var changed = await eve.PatchAsJsonAsync(path, new KeyChange("eve's"), Cancellation);
        using var deleted = await eve.DeleteAsync(path, Cancellation);
        using var listed = await eve.GetAsync($"{KeysApi.Root}?owner=bob-hides", Cancellation);
        var own = await eve.GetFromJsonAsync<KeyPage>(KeysApi.Root, Cancellation);
        var bobs = await admin.GetFromJsonAsync<KeyPage>($"{KeysApi.Root}?owner=bob-hides", Cancellation);

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.Forbidden),
            (got.StatusCode, changed.StatusCode, deleted.StatusCode, listed.StatusCode));
        Assert.All(own!.Items, key => Assert.Equal("eve", key.Owner));
        Assert.Equal(2, bobs!.Items.Count);
    }

    [Fact]
    public async Task Keys_are_listed_by_pages_each_of_them_once()
    {
        using var ada = await web.ClientAsync("ada-pages");
        for (var number = 0; number < 4; number++)
            await MakeAsync(ada, new($"key {number}", [Scopes.Read]));

        var (found, cursor) = (new List<string>(), "");
        do
        {
            var page = await ada.GetFromJsonAsync<KeyPage>($"{KeysApi.Root}?limit=2&cursor={cursor}", Cancellation);
            found.AddRange(page!.Items.Select(key => key.Id));
            cursor = page.Next;
        }
        while (cursor is not null);

        Assert.Equal((5, 5), (found.Count, found.Distinct().Count()));
    }

    [Theory]
    [InlineData("""{"name": "", "scopes": ["read"]}""", "name_invalid")]
    [InlineData("""{"name": "a\u0000b", "scopes": ["read"]}""", "name_invalid")]
    [InlineData("""{"name": "x", "scopes": []}""", "scopes_invalid")]
    [InlineData("""{"name": "x", "scopes": [null]}""", "scopes_invalid")]
    [InlineData("""{"name": "x", "scopes": ["Read"]}""", "scopes_invalid")]
    [InlineData("""{"name": "x", "scopes": ["read"], "owner": " "}""", "owner_invalid")]
    [InlineData("""{"name": "x", "scopes": ["read"], "limits": {"queuedJobs": -1}}""", "limits_invalid")]
    [InlineData("""{"scopes": ["read"]}""", "bad_request")]
    public async Task What_makes_no_sense_is_refused_with_the_reason(string body, string code)
    {
        using var ada = await web.ClientAsync("ada-nonsense");

        using var response = await ada.PostAsync(KeysApi.Root, new StringContent(body, new MediaTypeHeaderValue("application/json")), Cancellation);

        Assert.Equal(code, await response.ProblemCodeAsync());
    }

    [Fact]
    public async Task A_key_that_an_earlier_version_stored_still_works()
    {
        var key = Secret.New(Secret.OfKey);
        await Redis.HashSetAsync(Keys.ApiKeys, Secret.Hash(key), """{"id":"first-of-old","owner":"old","scopes":["read"]}""");

        var me = await With(key).GetFromJsonAsync<MeDocument>(MeApi.Root, Cancellation);

        Assert.Equal(("old", "read", "first-of-old"), (me!.Owner, string.Join(' ', me.Scopes), me.Key));
    }

    [Fact]
    public async Task Nothing_on_Redis_holds_a_key_or_a_token()
    {
        using var admin = await web.ClientAsync("ada-stores", [.. Scopes.All]);
        var key = (await MakeAsync(admin, new("stored", [Scopes.Read]))).Key!;
        using var made = await admin.PostAsJsonAsync(RunnerTokensApi.Root, new NewRunnerTokenRequest("stored"), Cancellation);
        var token = (await made.Content.ReadFromJsonAsync<RunnerTokenDocument>(Cancellation))!.Token!;
        using var used = await With(key).GetAsync(MeApi.Root, Cancellation);

        var log = await File.ReadAllTextAsync(Directory.GetFiles(Path.Combine(web.Data, "redis", "appendonlydir"), "*.incr.aof").Single(), Cancellation);

        Assert.Contains(Secret.Hash(key), log, StringComparison.Ordinal);
        Assert.Contains(Secret.Hash(token), log, StringComparison.Ordinal);
        Assert.DoesNotContain(key[3..], log, StringComparison.Ordinal);
        Assert.DoesNotContain(token[4..], log, StringComparison.Ordinal);
    }

    private StackExchange.Redis.IDatabase Redis => ((RedisConnection)web.Services.GetService(typeof(RedisConnection))!).Database;

    private HttpClient With(string key)
    {
        var client = web.Stranger();
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return client;
    }

    private static async Task<KeyDocument> MakeAsync(HttpClient client, NewKeyRequest request)
    {
        using var response = await client.PostAsJsonAsync(KeysApi.Root, request, Cancellation);
        Assert.True(response.StatusCode == HttpStatusCode.Created, await response.Content.ReadAsStringAsync(Cancellation));
        return (await response.Content.ReadFromJsonAsync<KeyDocument>(Cancellation))!;
    }

    private static async Task<string?> RefusedAsync(HttpClient client, NewKeyRequest request)
    {
        using var response = await client.PostAsJsonAsync(KeysApi.Root, request, Cancellation);
        return await response.ProblemCodeAsync();
    }
}

using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Tests.Api;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;
using MultiTalk.Web.Webhooks;

namespace MultiTalk.Tests.Webhooks;

public sealed class WebhookTests : IAsyncLifetime
{
    private static readonly JobError _error = new("broken", "It broke.", "It fell.", "Pick it up.", []);

    private readonly HookWeb _web = HookWeb.Start();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _web.DisposeAsync();

    [Fact(Timeout = 120_000)]
    public async Task An_owner_hears_how_a_job_goes_on_in_order_and_signed()
    {
        await using var receiver = await Receiver.StartAsync();
        using var client = await _web.ClientAsync("ann");
        var webhook = await HookWeb.RegisterAsync(client, receiver.Url);

        var first = await _web.ClaimAsync("ann");
        await _web.Jobs.FailAsync(first, _error);
        var started = await receiver.NextAsync(TestContext.Current.CancellationToken);
        var retried = await receiver.NextAsync(TestContext.Current.CancellationToken);
        var again = await _web.ClaimAsync("ann");
        await _web.CompleteAsync(again);
        await _web.Jobs.CancelAsync(first.Job);
        var rest = new[] { await receiver.NextAsync(TestContext.Current.CancellationToken), await receiver.NextAsync(TestContext.Current.CancellationToken), await receiver.NextAsync(TestContext.Current.CancellationToken) };

        Assert.Equal(
            ["job.started", "job.retried", "job.started", "job.succeeded", "job.canceled"],
            new[] { started, retried }.Concat(rest).Select(received => received.Type));
        Assert.All(rest.Append(started).Append(retried), received => Assert.True(received.IsSignedBy(webhook.Secret!)));
        Assert.Equal(5, rest.Append(started).Append(retried).Select(received => received.Id).Distinct().Count());
        var succeeded = rest[1].Json;
        Assert.Equal((again.Job, "succeeded"), ((string)succeeded["data"]!["id"]!, ((string)succeeded["data"]!["state"]!).ToLowerInvariant()));
        Assert.Equal(640, (int)succeeded["data"]!["video"]!["width"]!);
        Assert.Null(succeeded["data"]!["plan"]);
        Assert.Null(succeeded["data"]!["parity"]);
        Assert.InRange(DateTimeOffset.UtcNow - DateTimeOffset.Parse((string)succeeded["timestamp"]!, System.Globalization.CultureInfo.InvariantCulture), TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(2));
    }

    [Fact(Timeout = 120_000)]
    public async Task Only_the_events_that_were_asked_for_come_and_only_of_the_owner_s_jobs()
    {
        await using var receiver = await Receiver.StartAsync();
        using var client = await _web.ClientAsync("ann");
        await HookWeb.RegisterAsync(client, receiver.Url, WebhookEvent.Failed);

        await _web.CompleteAsync("bob");
        await _web.CompleteAsync("ann");
        var failing = await _web.ClaimAsync("ann");
        await _web.Jobs.FailAsync(failing, _error with { Retryable = false });

        Assert.Equal("job.failed", (await receiver.NextAsync(TestContext.Current.CancellationToken)).Type);
        Assert.Equal(0, receiver.Count);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_job_can_name_an_address_of_its_own_that_is_signed_with_its_owner_s_secret()
    {
        await using var receiver = await Receiver.StartAsync();
        using var client = await _web.ClientAsync("ann");
        var secret = (await client.GetFromJsonAsync<WebhookSecretDocument>(WebhooksApi.Root + "/secret", TestContext.Current.CancellationToken))!.Secret;

        var holder = await _web.CompleteAsync("ann", new(receiver.Url, [WebhookEvent.Succeeded]));
        await _web.CompleteAsync("ann");

        var received = await receiver.NextAsync(TestContext.Current.CancellationToken);
        Assert.Equal(("job.succeeded", holder.Job), (received.Type, (string)received.Json["data"]!["id"]!));
        Assert.True(received.IsSignedBy(secret));
        Assert.False(received.IsSignedBy(WebhookSecrets.New()));
        using var rotated = await client.PostAsync(WebhooksApi.Root + "/secret/rotate", null, TestContext.Current.CancellationToken);
        var next = (await rotated.Content.ReadFromJsonAsync<WebhookSecretDocument>(TestContext.Current.CancellationToken))!.Secret;
        await _web.CompleteAsync("ann", new(receiver.Url));
        Assert.Equal("job.started", (received = await receiver.NextAsync(TestContext.Current.CancellationToken)).Type);
        Assert.True(received.IsSignedBy(secret) && received.IsSignedBy(next) && secret != next);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_job_that_is_repeated_is_reported_where_the_first_one_was_but_not_when_somebody_else_repeats_it()
    {
        await using var receiver = await Receiver.StartAsync();
        using var ann = await _web.ClientAsync("ann");
        using var root = await _web.ClientAsync("root", Scopes.Submit, Scopes.ReadAll);
        using var form = Samples.Submission("""{"engine": "preview"}""");
        form.Add(JsonContent.Create(new { url = receiver.Url, events = new[] { WebhookEvent.Failed } }), "webhook");
        var first = await (await ann.PostAsync(JobsApi.Root, form, TestContext.Current.CancellationToken)).JobAsync();
        Assert.Equal(first.Id, await FailAsync());
        Assert.Equal(first.Id, (string?)(await receiver.NextAsync(TestContext.Current.CancellationToken)).Json["data"]!["id"]);

        var another = await RetryAsync(root);
        Assert.Equal(another.Id, await FailAsync());
        var again = await RetryAsync(ann);
        Assert.Equal(again.Id, await FailAsync());

        var received = await receiver.NextAsync(TestContext.Current.CancellationToken);
        Assert.Equal((again.Id, first.Id, WebhookEvent.Failed), ((string?)received.Json["data"]!["id"], (string?)received.Json["data"]!["retryOf"], received.Type));
        Assert.Equal(0, receiver.Count);

        async Task<JobDocument> RetryAsync(HttpClient client)
        {
            using var answer = await client.PostAsJsonAsync($"{JobsApi.Root}/{first.Id}/retry", new RetryRequest(), TestContext.Current.CancellationToken);
            return await answer.JobAsync();
        }

        async Task<string> FailAsync()
        {
            var job = await _web.Jobs.ClaimAsync(Jobs.Requests.Runner(Guid.NewGuid().ToString("n"), "preview"), TestContext.Current.CancellationToken);
            await _web.Jobs.FailAsync(job!.Holder, _error with { Retryable = false });
            return job.Id;
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task A_test_event_comes_and_a_new_secret_signs_beside_the_old_one()
    {
        await using var receiver = await Receiver.StartAsync();
        using var client = await _web.ClientAsync("ann");
        var webhook = await HookWeb.RegisterAsync(client, receiver.Url);

        using var rotated = await client.PostAsync($"{WebhooksApi.Root}/{webhook.Id}/rotate", null, TestContext.Current.CancellationToken);
        var secret = (await rotated.Content.ReadFromJsonAsync<WebhookDocument>(TestContext.Current.CancellationToken))!.Secret!;
        using var tested = await client.PostAsync($"{WebhooksApi.Root}/{webhook.Id}/test", null, TestContext.Current.CancellationToken);

        var received = await receiver.NextAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, tested.StatusCode);
        Assert.Equal(WebhookEvent.Test, received.Type);
        Assert.True(received.IsSignedBy(webhook.Secret!) && received.IsSignedBy(secret));
        var delivery = Assert.Single(await HookWeb.DeliveriesAsync(client, webhook.Id, page => page.Count == 1, "delivered"));
        Assert.Equal((received.Id, 1, 200), (delivery.Id, delivery.Attempts, delivery.Status));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_secret_is_shown_once_and_lies_nowhere_in_clear()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var web = HookWeb.Start(redis);
        await using var receiver = await Receiver.StartAsync();
        using var client = await web.ClientAsync("ann");

        var webhook = await HookWeb.RegisterAsync(client, receiver.Url);
        var own = (await client.GetFromJsonAsync<WebhookSecretDocument>(WebhooksApi.Root + "/secret", TestContext.Current.CancellationToken))!.Secret;
        await web.CompleteAsync("ann", new(receiver.Url));
        var shown = await client.GetStringAsync(WebhooksApi.Root, TestContext.Current.CancellationToken) + await client.GetStringAsync($"{WebhooksApi.Root}/{webhook.Id}", TestContext.Current.CancellationToken);
        var sent = (await receiver.NextAsync(TestContext.Current.CancellationToken)).Body + (await receiver.NextAsync(TestContext.Current.CancellationToken)).Body;
        var stored = string.Join('\n', redis.Server.Keys().Select(key => redis.Database.KeyDump(key) is { } dump ? System.Text.Encoding.Latin1.GetString(dump) : ""));

        Assert.Contains(webhook.Id, shown, StringComparison.Ordinal);
        foreach (var secret in new[] { webhook.Secret!, own })
        {
            Assert.All([shown, sent, stored], text => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
            Assert.DoesNotContain(secret["whsec_".Length..][..40], stored, StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Another_s_webhook_does_not_exist_but_for_an_administrator()
    {
        using var ann = await _web.ClientAsync("ann");
        using var bob = await _web.ClientAsync("bob");
        using var reader = await _web.ClientAsync("ann", Scopes.Read, Scopes.ReadAll, Scopes.Operate);
        using var administrator = await _web.ClientAsync("root", Scopes.Administer);
        var webhook = await HookWeb.RegisterAsync(ann, "https://example.com/hook");
        var path = $"{WebhooksApi.Root}/{webhook.Id}";

        foreach (var (method, end) in new[] { ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/test"), ("POST", "/rotate"), ("GET", "/deliveries"), ("POST", $"/deliveries/{webhook.Id}/retry") })
        {
            using var request = new HttpRequestMessage(new(method), path + end) { Content = method == "PATCH" ? JsonContent.Create(new { active = false }) : null };
            using var refused = await bob.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal((HttpStatusCode.NotFound, "webhook_not_found"), (refused.StatusCode, await refused.ProblemCodeAsync()));
        }

        using var forbidden = await reader.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
        Assert.Empty((await bob.GetFromJsonAsync<WebhookPage>(WebhooksApi.Root, TestContext.Current.CancellationToken))!.Items);
        Assert.Equal(webhook.Id, Assert.Single((await administrator.GetFromJsonAsync<WebhookPage>(WebhooksApi.Root, TestContext.Current.CancellationToken))!.Items).Id);
        using var changed = await ann.PatchAsJsonAsync(path, new ChangeWebhookRequest(null, [WebhookEvent.Failed], false), TestContext.Current.CancellationToken);
        var document = (await changed.Content.ReadFromJsonAsync<WebhookDocument>(TestContext.Current.CancellationToken))!;
        Assert.False(document.Active);
        Assert.Equal(["job.failed"], document.Events);
        using var inactive = await ann.PostAsync(path + "/test", null, TestContext.Current.CancellationToken);
        Assert.Equal("webhook_inactive", await inactive.ProblemCodeAsync());
        using var deleted = await ann.DeleteAsync(path, TestContext.Current.CancellationToken);
        using var gone = await ann.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NotFound), (deleted.StatusCode, gone.StatusCode));
    }

    [Fact(Timeout = 120_000)]
    public async Task What_cannot_be_a_webhook_is_refused_and_so_is_one_too_many()
    {
        using var client = await _web.ClientAsync("ann");

        Assert.Equal("webhook_url_refused", await RefusedAsync(new { url = "https://169.254.169.254/" }));
        Assert.Equal("webhook_url_refused", await RefusedAsync(new { url = "http://example.com/" }));
        Assert.Equal("webhook_event_unknown", await RefusedAsync(new NewWebhookRequest("https://example.com/", ["job.exploded"])));
        Assert.Equal("description_too_long", await RefusedAsync(new { url = "https://example.com/", description = new string('x', 300) }));
        var all = await Task.WhenAll(Enumerable.Range(0, 25).Select(_ => client.PostAsJsonAsync(WebhooksApi.Root, new { url = "https://example.com/" }, TestContext.Current.CancellationToken)));
        Assert.Equal((20, 5), (all.Count(answer => answer.StatusCode == HttpStatusCode.Created), all.Count(answer => answer.StatusCode == HttpStatusCode.Conflict)));
        Assert.Equal(20, (await client.GetFromJsonAsync<WebhookPage>(WebhooksApi.Root, TestContext.Current.CancellationToken))!.Items.Count);

        async Task<string?> RefusedAsync(object body)
        {
            using var response = await client.PostAsJsonAsync(WebhooksApi.Root, body, TestContext.Current.CancellationToken);
            return await response.ProblemCodeAsync();
        }
    }

    [Theory(Timeout = 60_000)]
    [InlineData("[]", "webhook_invalid")]
    [InlineData("{\"url\": \"https://example.com\", \"secret\": 1}", "webhook_invalid")]
    [InlineData("{\"url\": \"https://10.0.0.1\"}", "webhook_url_refused")]
    [InlineData("{\"url\": \"https://example.com\", \"events\": [null]}", "webhook_event_unknown")]
    public async Task An_address_that_a_job_names_is_checked(string json, string code)
    {
        using var client = await _web.ClientAsync("ann");
        using var form = Samples.Submission("""{"engine": "preview"}""");
        form.Add(new StringContent(json), "webhook");

        using var refused = await client.PostAsync(JobsApi.Root, form, TestContext.Current.CancellationToken);

        Assert.Equal(code, await refused.ProblemCodeAsync());
        Assert.Empty((await client.GetFromJsonAsync<JobPage>(JobsApi.Root, TestContext.Current.CancellationToken))!.Items);
    }
}

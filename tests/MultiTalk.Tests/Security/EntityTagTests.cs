using System.Net;
using System.Net.Http.Json;
using MultiTalk.Tests.Jobs;
using MultiTalk.Web.Access;
using MultiTalk.Web.Api;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Security;

public sealed class EntityTagTests(QueueOnlyWeb web) : IClassFixture<QueueOnlyWeb>
{
    [Fact]
    public async Task What_has_not_changed_is_not_sent_again()
    {
        using var client = await web.ClientAsync("polls", Scopes.Submit, Scopes.Read, Scopes.Operate);
        var address = await SubmitAsync();

        foreach (var path in new[] { address, JobsApi.Root })
        {
            using var first = await client.GetAsync(path, TestContext.Current.CancellationToken);
            using var again = await client.SendAsync(Conditional(HttpMethod.Get, path, "If-None-Match", $"{first.Headers.ETag}"), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);

            using var moved = await client.PatchAsJsonAsync(address, new { priority = path == address ? -3 : -4 }, TestContext.Current.CancellationToken);
            using var changed = await client.SendAsync(Conditional(HttpMethod.Get, path, "If-None-Match", $"{first.Headers.ETag}"), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        }
    }

    [Theory]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    public async Task A_change_is_made_only_to_what_the_client_saw(string method)
    {
        using var client = await web.ClientAsync("polls", Scopes.Submit, Scopes.Read);
        var address = await SubmitAsync();
        using var seen = await client.GetAsync(address, TestContext.Current.CancellationToken);

        using var wrong = await client.SendAsync(Conditional(new(method), address, "If-Match", "\"999-0123456789abcdef\""), TestContext.Current.CancellationToken);
        using var weak = await client.SendAsync(Conditional(new(method), address, "If-Match", $"W/{seen.Headers.ETag}"), TestContext.Current.CancellationToken);
        using var right = await client.SendAsync(Conditional(new(method), address, "If-Match", $"{seen.Headers.ETag}"), TestContext.Current.CancellationToken);

        Assert.Equal("precondition_failed", await wrong.ProblemCodeAsync());
        Assert.Equal(HttpStatusCode.PreconditionFailed, weak.StatusCode);
        Assert.True(right.IsSuccessStatusCode, $"{right.StatusCode}");
    }

    private static HttpRequestMessage Conditional(HttpMethod method, string path, string header, string tag)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation(header, tag);
        if (method == HttpMethod.Patch)
            request.Content = JsonContent.Create(new { priority = -1 });
        return request;
    }

    private async Task<string> SubmitAsync()
    {
        var id = JobStore.NewId();
        await web.Jobs.SubmitAsync(new(id, "polls", Requests.For(Guid.NewGuid().ToString("n"))));
        return $"{JobsApi.Root}/{id}";
    }
}

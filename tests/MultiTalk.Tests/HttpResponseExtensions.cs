using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;
using MultiTalk.Web.Api;

namespace MultiTalk.Tests;

internal static class HttpResponseExtensions
{
    /// <summary>A job in an answer.</summary>
    public static async Task<JobDocument> JobAsync(this HttpResponseMessage response)
    {
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        return (await response.Content.ReadFromJsonAsync<JobDocument>(TestContext.Current.CancellationToken))!;
    }

    /// <summary>The stable code of a problem.</summary>
    public static async Task<string?> ProblemCodeAsync(this HttpResponseMessage response)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return problem.RootElement.GetProperty("code").GetString();
    }

    /// <summary>A job by its event stream, until it has ended.</summary>
    public static async IAsyncEnumerable<JobDocument> EventsAsync(this HttpClient client, string id)
    {
        await using var stream = await client.GetStreamAsync($"{JobsApi.Root}/{id}/events", TestContext.Current.CancellationToken);
        var events = SseParser.Create(stream, (_, data) => JsonSerializer.Deserialize<JobDocument>(data, JsonSerializerOptions.Web)!);
        await foreach (var item in events.EnumerateAsync(TestContext.Current.CancellationToken))
            yield return item.Data;
    }

    /// <summary>Follows a job by its event stream until it has ended.</summary>
    public static async Task<IReadOnlyList<JobDocument>> FollowAsync(this HttpClient client, string id)
    {
        var jobs = new List<JobDocument>();
        await foreach (var job in client.EventsAsync(id))
            jobs.Add(job);
        return jobs;
    }
}

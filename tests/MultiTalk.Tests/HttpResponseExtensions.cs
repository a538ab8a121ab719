using System.Net.Http.Json;
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

    /// <summary>Follows a job by its event stream until it has ended.</summary>
    public static async Task<IReadOnlyList<JobDocument>> FollowAsync(this HttpClient client, string id)
    {
        await using var stream = await client.GetStreamAsync($"{JobsApi.Root}/{id}/events", TestContext.Current.CancellationToken);
        var events = System.Net.ServerSentEvents.SseParser.Create(stream, (_, data) => JsonSerializer.Deserialize<JobDocument>(data, JsonSerializerOptions.Web)!);
        var jobs = new List<JobDocument>();
        await foreach (var item in events.EnumerateAsync(TestContext.Current.CancellationToken))
            jobs.Add(item.Data);
        return jobs;
    }
}

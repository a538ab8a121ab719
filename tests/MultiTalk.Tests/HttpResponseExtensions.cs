using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Text.Json.Nodes;
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

    /// <summary>A job by its event stream, as it stands after each event, until it has ended.</summary>
    public static async IAsyncEnumerable<JobDocument> EventsAsync(this HttpClient client, string id)
    {
        JsonObject job = [];
        await foreach (var item in client.NewsAsync(id))
        {
            var changes = JsonNode.Parse(item.Data)!.AsObject();
            if (item.EventType == "snapshot")
                job = [];
            foreach (var (name, value) in changes)
                job[name] = value?.DeepClone();
            yield return job.Deserialize<JobDocument>(JsonSerializerOptions.Web)!;
        }
    }

    /// <summary>The events of a job as they come, until it has ended.</summary>
    /// <param name="client">Who asks.</param>
    /// <param name="id">The job's id.</param>
    /// <param name="after">The last event that is known; null for none.</param>
    public static async IAsyncEnumerable<SseItem<string>> NewsAsync(this HttpClient client, string id, string? after = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{JobsApi.Root}/{id}/events");
        if (after is not null)
            request.Headers.Add("Last-Event-ID", after);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        await using var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(TestContext.Current.CancellationToken))
            yield return item;
    }

    /// <summary>Follows a job by its event stream until it has ended; the last is the whole job.</summary>
    public static async Task<IReadOnlyList<JobDocument>> FollowAsync(this HttpClient client, string id)
    {
        var jobs = new List<JobDocument>();
        await foreach (var job in client.EventsAsync(id))
            jobs.Add(job);
        using var ended = await client.GetAsync($"{JobsApi.Root}/{id}", TestContext.Current.CancellationToken);
        return [.. jobs, await ended.JobAsync()];
    }
}

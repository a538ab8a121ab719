using System.Net.Http.Json;
using MultiTalk.Web.Api;

namespace MultiTalk.Tests.Faults;

internal sealed partial class Cluster
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Submits the shortest job, as a careful client does: under a key of its own, again until there is an answer, so that it is
    /// accepted once whatever happens to the first answer.
    /// </summary>
    public static async Task<JobDocument> SubmitAsync(HttpClient client, CancellationToken cancellationToken)
    {
        var key = Guid.NewGuid().ToString("n");
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, JobsApi.Root) { Content = await Submissions.NewAsync(), Headers = { { "Idempotency-Key", key } } };
            if (await TryAsync(client, request) is { } answer)
            {
                using (answer)
                    return await answer.JobAsync();
            }

            await Task.Delay(_pause, cancellationToken);
        }
    }

    /// <summary>Submits it as the administrator.</summary>
    public Task<JobDocument> SubmitAsync(CancellationToken cancellationToken) => SubmitAsync(Client, cancellationToken);

    /// <summary>Follows a job by its events to its end, over broken connections.</summary>
    /// <param name="id">The job.</param>
    /// <param name="history">What is told of every event, and of how the job stands then.</param>
    /// <returns>How it stands then.</returns>
    public async Task<JobDocument> FollowAsync(string id, HistoryChecker? history = null)
    {
        await new JobFollower(Client, id).FollowAsync(history);
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{JobsApi.Root}/{id}");
            if (await TryAsync(Client, request) is { } answer)
            {
                var job = await answer.JobAsync();
                answer.Dispose();
                history?.Poll(job);
                return job;
            }

            await Task.Delay(_pause, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>The job now.</summary>
    public async Task<JobDocument> JobAsync(string id)
    {
        using var answer = await Client.GetAsync($"{JobsApi.Root}/{id}", TestContext.Current.CancellationToken);
        return await answer.JobAsync();
    }

    /// <summary>Every job, newest first.</summary>
    public async Task<IReadOnlyList<JobDocument>> JobsAsync()
    {
        var jobs = new List<JobDocument>();
        for (string? cursor = null; ;)
        {
            using var answer = await Client.GetAsync($"{JobsApi.Root}?limit=200&cursor={cursor}", TestContext.Current.CancellationToken);
            var page = (await answer.Content.ReadFromJsonAsync<JobPage>(TestContext.Current.CancellationToken))!;
            jobs.AddRange(page.Items);
            if ((cursor = page.Next) is null)
                return jobs;
        }
    }

    /// <summary>Cancels a job.</summary>
    public async Task CancelAsync(string id)
    {
        using var answer = await Client.DeleteAsync($"{JobsApi.Root}/{id}", TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Sends a request that may be sent again; null if a Web or Redis is away.</summary>
    private static async Task<HttpResponseMessage?> TryAsync(HttpClient client, HttpRequestMessage request)
    {
        try
        {
            var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
            if (answer.StatusCode != System.Net.HttpStatusCode.ServiceUnavailable)
                return answer;
            answer.Dispose();
            return null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}

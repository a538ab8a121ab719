using System.Net.ServerSentEvents;
using MultiTalk.Web.Api;

namespace MultiTalk.Tests.Faults;

/// <summary>Follows one job by its event stream, and goes on after the last event it saw whenever the stream breaks.</summary>
/// <param name="client">Who watches.</param>
/// <param name="id">The job.</param>
internal sealed class JobFollower(HttpClient client, string id)
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private readonly string _observer = Guid.NewGuid().ToString("n")[..6];
    private readonly TaskCompletionSource _watching = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _last;
    private Sighting? _end;

    /// <summary>Until its first event has come.</summary>
    public Task Watching => _watching.Task;

    /// <summary>How often the stream broke.</summary>
    public int Reconnects { get; private set; }

    /// <summary>Follows it to its end, or until a condition holds; the test's time-out ends the wait.</summary>
    public async Task<Sighting> FollowAsync(HistoryChecker? history, Func<Sighting, bool>? until = null)
    {
        while (true)
        {
            if (await StreamAsync(history, until) is { } last)
                return last;
            Reconnects++;
            // Nobody answers while a Web or Redis is away.
            await Task.Delay(_pause, TestContext.Current.CancellationToken);
        }
    }

    private async Task<Sighting?> StreamAsync(HistoryChecker? history, Func<Sighting, bool>? until)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{JobsApi.Root}/{id}/events");
            if (_last is not null)
                request.Headers.Add("Last-Event-ID", _last);
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
            if (!answer.IsSuccessStatusCode)
                return null;
            await using var stream = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
            await foreach (var item in SseParser.Create(stream).EnumerateAsync(TestContext.Current.CancellationToken))
            {
                _last = item.EventId ?? _last;
                var seen = Sighting.Of(item);
                history?.Event(_observer, seen);
                _watching.TrySetResult();
                if (until?.Invoke(seen) == true)
                    return seen;
                // What comes after the end, if anything, is the checker's to judge.
                if (seen.Ended)
                    _end ??= seen;
            }

            return _end;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return _end;
        }
    }
}

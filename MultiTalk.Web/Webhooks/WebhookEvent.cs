using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Web.Webhooks;

/// <summary>What webhooks are told.</summary>
public static class WebhookEvent
{
    /// <summary>A runner took the job.</summary>
    public const string Started = "job.started";

    /// <summary>An attempt failed, and the job waits for another.</summary>
    public const string Retried = "job.retried";

    /// <summary>There is a video.</summary>
    public const string Succeeded = "job.succeeded";

    /// <summary>It failed for good.</summary>
    public const string Failed = "job.failed";

    /// <summary>Somebody did not want it any more.</summary>
    public const string Canceled = "job.canceled";

    /// <summary>Somebody wants to see that a webhook works. Always sent.</summary>
    public const string Test = "webhook.test";

    /// <summary>Those that can be asked for.</summary>
    public static IReadOnlyList<string> All { get; } = [Started, Retried, Succeeded, Failed, Canceled];

    /// <summary>Those of a list, each once; none means all.</summary>
    /// <exception cref="InvalidRequestException">One is not known.</exception>
    internal static IReadOnlyList<string> Checked(IReadOnlyList<string?>? events, string field)
    {
        foreach (var (index, name) in (events ?? []).Index())
        {
            if (name is null || !All.Contains(name))
                throw new InvalidRequestException("webhook_event_unknown", $"{field}[{index}]", "There is no such event.", $"Send some of: {string.Join(", ", All)}; or none, for all.");
        }

        return [.. All.Where((events ?? []).Contains)];
    }
}

using System.ComponentModel.DataAnnotations;

namespace MultiTalk.Web.Webhooks;

/// <summary>The settings of webhooks, section <c>Webhooks</c>.</summary>
public sealed class WebhookOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Webhooks";

    // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#deliverability-and-reliability
    private static readonly TimeSpan[] _usual =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5), TimeSpan.FromHours(10), TimeSpan.FromHours(14),
    ];

    /// <summary>How long is waited after each try that failed; after the last of them it is given up. None: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 14 h.</summary>
    public IReadOnlyList<TimeSpan> Retries { get; set; } = [];

    /// <summary>The share by which such a wait is longer at most, by chance: those that failed together do not come back together.</summary>
    [Range(0, 1)]
    public double Jitter { get; set; } = 0.2;

    /// <summary>How long a try may take, from the connection to the answer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>After this time another Web takes over what one has begun and not ended. Longer than <see cref="Timeout"/>.</summary>
    [Range(typeof(TimeSpan), "00:00:00.2", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often is looked for what nobody told of.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan LookEvery { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a delivery that ended is kept.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan Keep { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Most deliveries that wait for a webhook, and that are kept of it.</summary>
    [Range(1, 100_000)]
    public int MaxDeliveries { get; set; } = 1_000;

    /// <summary>Most webhooks of an owner.</summary>
    [Range(1, 1_000)]
    public int MaxPerOwner { get; set; } = 20;

    /// <summary>Most tries at the same time of one Web.</summary>
    [Range(1, 1_000)]
    public int Concurrency { get; set; } = 16;

    /// <summary>Most of them to the same host.</summary>
    [Range(1, 1_000)]
    public int PerHost { get; set; } = 2;

    /// <summary>How long a secret that was replaced signs too.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan OldSecret { get; set; } = TimeSpan.FromDays(1);

    /// <summary>The waits in use.</summary>
    internal IReadOnlyList<TimeSpan> Waits => Retries.Count > 0 ? Retries : _usual;
}

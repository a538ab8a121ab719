namespace MultiTalk.Web.Jobs;

/// <summary>A job to be accepted.</summary>
/// <param name="Id">From <see cref="JobStore.NewId"/>.</param>
/// <param name="Owner">Who submits it.</param>
/// <param name="Request">What is asked for.</param>
public sealed record NewJob(string Id, string Owner, JobRequest Request)
{
    /// <summary>From −10 to 10; higher ones are run first.</summary>
    public int Priority { get; init; }

    /// <summary>The job that this one repeats.</summary>
    public string? RetryOf { get; init; }

    /// <summary>W3C trace context of the submission.</summary>
    public string? TraceParent { get; init; }

    /// <summary>What makes a repeated submission the same.</summary>
    public IdempotencyKey? Key { get; init; }

    /// <summary>Where it is reported, as <c>WebhookStore.HooksAsync</c> says; null if only its end is.</summary>
    public string? Hooks { get; init; }

    /// <summary>How many jobs of the same engine the owner may have queued, with this one; 0 for any number.</summary>
    public long MostQueued { get; init; }
}

/// <summary>The <c>Idempotency-Key</c> of a submission: with it, a client may repeat one whose answer it did not get.</summary>
/// <param name="Key">What the client chose; it belongs to the owner.</param>
/// <param name="RequestHash">The hash of everything that was sent with it.</param>
public sealed record IdempotencyKey(string Key, string RequestHash);

/// <summary>What became of a submission.</summary>
public enum SubmissionOutcome
{
    /// <summary>It is a new job.</summary>
    Accepted,

    /// <summary>The same key made the job before.</summary>
    Repeated,

    /// <summary>The same key made a job of another request before.</summary>
    Conflict,

    /// <summary>The owner has as many jobs queued as may be; nothing was stored.</summary>
    TooMany,
}

/// <summary>What became of a submission.</summary>
/// <param name="Outcome">Whether it is a new job.</param>
/// <param name="JobId">The job: the new one, or the one that the key made before.</param>
public sealed record Submission(SubmissionOutcome Outcome, string JobId);

using System.Net;

namespace MultiTalk.GpuRunner.Worker;

/// <summary>The Web answered with a status that is no success.</summary>
/// <param name="status">The status.</param>
/// <param name="retryAfter">After which time the Web wants to be asked again; null if it does not say.</param>
public sealed class WebRefusalException(HttpStatusCode status, TimeSpan? retryAfter)
    : HttpRequestException(FormattableString.Invariant($"The Web answered {(int)status} ({status})."), inner: null, status)
{
    /// <summary>After which time the Web wants to be asked again; null if it does not say.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}

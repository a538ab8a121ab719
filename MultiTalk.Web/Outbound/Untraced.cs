using System.Diagnostics;
using OpenTelemetry;

namespace MultiTalk.Web.Outbound;

/// <summary>Keeps addresses that people give out of traces, and our trace context from their servers.</summary>
internal sealed class Untraced : DelegatingHandler
{
    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Both are the caller's own again when this returns.
        using var suppressed = SuppressInstrumentationScope.Begin();
        Activity.Current = null;
        return await base.SendAsync(request, cancellationToken);
    }
}

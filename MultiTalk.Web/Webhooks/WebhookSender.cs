using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.Security.AntiSSRF;
using MultiTalk.Web.Outbound;

namespace MultiTalk.Web.Webhooks;

/// <summary>Tries a delivery once.</summary>
public sealed class WebhookSender(IHttpClientFactory clients, WebhookSecrets secrets, IOptions<WebhookOptions> options, TimeProvider time)
{
    /// <summary>The longest wait that a receiver may ask for.</summary>
    internal static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    // What of an answer is kept for the owner.
    private const int MaxResponse = 1 << 10;

    /// <summary>Sends it, and says what came of it.</summary>
    /// <exception cref="OperationCanceledException">The Web stops; what came of it is not known.</exception>
    internal async Task<SendResult> SendAsync(Destination destination, Delivery delivery, CancellationToken stopping)
    {
        using var late = new CancellationTokenSource(options.Value.Timeout, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stopping);
        try
        {
            using var client = clients.CreateClient(OutboundClient.Name);
            using var request = Request(destination, delivery);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ending.Token);
            var wait = response.Headers.RetryAfter is { } retry ? retry.Delta ?? (retry.Date - time.GetUtcNow()) : null;
            return new((int)response.StatusCode, response.IsSuccessStatusCode ? null : "It did not answer with success.", await BeginningAsync(response, ending.Token))
            {
                Wait = (int)response.StatusCode is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable && wait > TimeSpan.Zero
                    ? (wait < LongestWait ? wait.Value : LongestWait)
                    : TimeSpan.Zero,
            };
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            return new(null, Reason(exception), null);
        }
    }

    private HttpRequestMessage Request(Destination destination, Delivery delivery)
    {
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, destination.Url) { Content = new StringContent(delivery.Body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("User-Agent", "MultiTalk-Webhooks");
        request.Headers.Add("webhook-id", delivery.Id);
        request.Headers.Add("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", secrets.Sign(destination.Secrets, delivery.Id, timestamp, delivery.Body));
        return request;
    }

    // An answer has been given with its status; what is wrong with the rest changes nothing.
    private static async Task<string?> BeginningAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxResponse];
        var length = 0;
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            for (int read; length < MaxResponse && (read = await body.ReadAsync(buffer.AsMemory(length), cancellationToken)) > 0;)
                length += read;
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or OperationCanceledException or AntiSSRFException)
        {
            // What has come is shown.
        }

        return length == 0 ? null : Encoding.UTF8.GetString(buffer, 0, length);
    }

    // Nothing of ours, and nothing that would tell names or addresses of this server's network from those that do not exist.
    private string Reason(Exception exception) => exception switch
    {
        AntiSSRFException or SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => "Its host name leads to no public address.",
        AuthenticationException => "Its TLS certificate is not trusted, or TLS failed.",
        OperationCanceledException or TimeoutException => $"It did not answer within {options.Value.Timeout.TotalSeconds:0.#} s.",
        CryptographicException => "The secret cannot be read any more. Rotate it.",
        SocketException => "It could not be connected to.",
        _ when exception.InnerException is { } inner => Reason(inner),
        _ => "The connection broke, or the answer was no HTTP.",
    };
}

/// <summary>What came of a try.</summary>
/// <param name="Status">The HTTP status; null if there was no answer.</param>
/// <param name="Error">What went wrong; null if it was taken.</param>
/// <param name="Response">How the answer began.</param>
internal sealed record SendResult(int? Status, string? Error, string? Response)
{
    /// <summary>The least wait that the receiver asks for.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Whether the receiver will never want anything again.</summary>
    public bool Gone => Status == StatusCodes.Status410Gone;
}

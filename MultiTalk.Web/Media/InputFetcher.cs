using System.Net;
using Microsoft.Extensions.Options;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.GpuRunner.Media;
using MultiTalk.Web.Access;
using MultiTalk.Web.Outbound;

namespace MultiTalk.Web.Media;

/// <summary>
/// Fetches inputs from addresses that people give, through the client that reaches only what anybody on the Internet could. What the
/// far side says is never passed on, but for its status: it may not be meant for those who sent us there.
/// </summary>
public sealed class InputFetcher(IHttpClientFactory clients, IOptions<MediaOptions> options, TimeProvider time) : IDisposable
{
    // More would let one submission after another use up the connection; a person's own network is no faster.
    private const int MaxAtOnce = 3;

    private readonly SemaphoreSlim _places = new(MaxAtOnce);

    /// <summary>Stores what an address answers in a new file.</summary>
    /// <param name="address">Where it is.</param>
    /// <param name="field">The part of the request that is blamed, such as <c>voice1</c>.</param>
    /// <param name="target">The file.</param>
    /// <param name="payAsync">Pays for bytes before they are kept, a negative number for those that did not come; false if there would be too many.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InvalidRequestException">
    /// <c>input_unreachable</c>, <c>input_not_found</c>, <c>input_refused</c>, <c>input_redirected</c>, <c>input_failed</c>,
    /// <c>input_too_large</c>, <c>input_too_slow</c> or <c>input_incomplete</c>.
    /// </exception>
    /// <exception cref="DiskFullException">There is no room for it.</exception>
    public async Task FetchAsync(Uri address, string field, string target, Func<long, Task<bool>> payAsync, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        try
        {
            using var enough = new CancellationTokenSource(options.Value.FetchLimit, time);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, enough.Token);
            try
            {
                await FetchWithinAsync(address, field, target, payAsync, ending.Token);
            }
            catch (Exception exception) when (enough.IsCancellationRequested && !cancellationToken.IsCancellationRequested && exception is not (InvalidRequestException or DiskFullException or UploadUsedUpException))
            {
                throw new InvalidRequestException(
                    "input_too_slow", field, FormattableString.Invariant($"The address did not send everything within {options.Value.FetchLimit.TotalSeconds:0.#} s."), "Upload the file instead, or use a faster address.");
            }
        }
        finally
        {
            _places.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();

    private async Task FetchWithinAsync(Uri address, string field, string target, Func<long, Task<bool>> payAsync, CancellationToken cancellationToken)
    {
        using var response = await AskAsync(address, field, cancellationToken);
        if (response.StatusCode != HttpStatusCode.OK)
            throw Refusal(field, (int)response.StatusCode);

        var maxBytes = options.Value.MaxBytes(SubmissionContent.KindOf(field));
        if (response.Content.Headers.ContentLength > maxBytes)
            throw TooLarge(field, maxBytes);
        await using var body = new MeteredStream(await response.Content.ReadAsStreamAsync(cancellationToken), 0, payAsync);
        try
        {
            await Hashed.CopyAsync(body, target, field, maxBytes, cancellationToken);
        }
        catch (UploadTooLargeException)
        {
            throw TooLarge(field, maxBytes);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException and not DiskFullException)
        {
            throw new InvalidRequestException("input_incomplete", field, "The answer of the address broke off.", "Try again, or upload the file instead.");
        }
        finally
        {
            if (body.Spare > 0)
                await payAsync(-body.Spare);
        }
    }

    private async Task<HttpResponseMessage> AskAsync(Uri address, string field, CancellationToken cancellationToken)
    {
        var client = clients.CreateClient(OutboundClient.Name);
        client.Timeout = Timeout.InfiniteTimeSpan;
        try
        {
            return await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        // Whatever the handlers throw: all of it means that the address was not reached, or that it is none to be reached from here.
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new InvalidRequestException(
                "input_unreachable", field, "The address cannot be reached, or is not on the public Internet.", "Open it in a browser elsewhere to see whether it works, or upload the file instead.");
        }
    }

    private static InvalidRequestException Refusal(string field, int status) => status switch
    {
        404 or 410 => new("input_not_found", field, $"There is nothing at the address; it answered {status}.", "Look at the address again."),
        401 or 403 or 407 => new("input_refused", field, $"The address answered {status}: it does not let us read the file.", "Use an address that needs no sign-in, such as a signed one, or upload the file instead."),
        >= 300 and < 400 => new("input_redirected", field, $"The address answered {status} and names another one.", "Send the address at which the file itself is."),
        _ => new("input_failed", field, $"The address answered {status}.", "Try again later, or upload the file instead."),
    };

    private static InvalidRequestException TooLarge(string field, long maxBytes) =>
        new("input_too_large", field, $"The file at the address has more than {maxBytes >> 20} MB.", "Scale the picture down, or cut the voice.");
}

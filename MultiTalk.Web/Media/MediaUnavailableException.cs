using System.Net.Sockets;
using System.Xml;
using Amazon.Runtime;
using Azure;
using Azure.Identity;
using MultiTalk.GpuRunner.Media;

namespace MultiTalk.Web.Media;

/// <summary>
/// The media store does not answer, is too slow, or refuses what this program asks of it; nothing of what was to be stored was kept. It
/// may be back in a moment.
/// </summary>
/// <param name="innerException">What the store's client, or the system, said.</param>
public sealed class MediaUnavailableException(Exception innerException)
    : Exception($"The media store cannot be used: {ReasonOf(innerException)}", innerException)
{
    // Libraries add headers and addresses in further lines.
    private const int MaxReason = 200;

    /// <summary>Why, in some words for the log and for operators.</summary>
    public string Reason { get; } = ReasonOf(innerException);

    /// <summary>Whether an exception of a store means this. Those that the caller brought about, and a full disk, are none.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="cancellationToken">What the caller may have canceled: a cancellation without it is a time-out of the store's client.</param>
    public static bool Means(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        DiskFullException or UploadTooLargeException or DigestMismatchException => false,
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        AggregateException many => many.InnerExceptions.All(inner => Means(inner, cancellationToken)),
        _ => exception is RequestFailedException or AuthenticationFailedException or AmazonServiceException or AmazonClientException
            or HttpRequestException or SocketException or XmlException or TimeoutException or IOException or UnauthorizedAccessException,
    };

    /// <summary>What an exception that means this is to be told as: this, or that the disk is full.</summary>
    internal static Exception Of(Exception exception) =>
        exception is IOException failure && DiskFullException.Means(failure) ? new DiskFullException(failure) : new MediaUnavailableException(exception);

    /// <summary>Does something on the disk on which uploads lie until the store has them.</summary>
    /// <exception cref="MediaUnavailableException">It cannot be used.</exception>
    /// <exception cref="DiskFullException">It has no room.</exception>
    internal static T OnDisk<T>(Func<T> use)
    {
        try
        {
            return use();
        }
        catch (Exception exception) when (Means(exception, CancellationToken.None))
        {
            throw Of(exception);
        }
    }

    private static string ReasonOf(Exception exception) => exception switch
    {
        AggregateException { InnerExceptions: [.., var last] } => ReasonOf(last),
        RequestFailedException { Status: > 0 } refused => Sentence($"{refused.Status} {refused.ErrorCode}"),
        AmazonServiceException { StatusCode: > 0 } refused => Sentence($"{(int)refused.StatusCode} {refused.ErrorCode}"),
        OperationCanceledException => "It did not answer in time.",
        _ => Sentence(exception.Message.Split('\r', '\n')[0]),
    };

    private static string Sentence(string text) => text[..Math.Min(text.Length, MaxReason)].Trim().TrimEnd('.') + ".";
}

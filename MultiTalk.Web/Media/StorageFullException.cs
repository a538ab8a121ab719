namespace MultiTalk.Web.Media;

/// <summary>The media store has no room for an upload; nothing of it was kept.</summary>
/// <param name="innerException">What the system said.</param>
public sealed class StorageFullException(IOException innerException) : Exception("The media store is full.", innerException)
{
    // errno, which .NET hands on as HResult on Unix (errno(3)).
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;

    internal static bool Means(IOException exception) => exception.HResult is NoSpaceLeft or QuotaExceeded;
}

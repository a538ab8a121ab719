namespace MultiTalk.GpuRunner.Media;

/// <summary>There is no room for a file. What was written of it is worthless.</summary>
/// <param name="innerException">What the system said, if it was not ffmpeg that did.</param>
public sealed class DiskFullException(Exception? innerException = null)
    : IOException("The disk is full. Free some space and try again.", innerException)
{
    // errno, which .NET hands on as HResult on Unix (errno(3)).
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;

    /// <summary>Whether an error of a write means that the disk is full.</summary>
    public static bool Means(IOException exception) => exception.HResult is NoSpaceLeft or QuotaExceeded;

    /// <summary>Whether a program says that the disk is full. It may end with 0 all the same: ffmpeg does.</summary>
    public static bool Means(string errors) =>
        errors.Contains("No space left on device", StringComparison.Ordinal) || errors.Contains("Disk quota exceeded", StringComparison.Ordinal);
}

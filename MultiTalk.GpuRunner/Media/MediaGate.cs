namespace MultiTalk.GpuRunner.Media;

/// <summary>
/// Lets only a few conversions of this process run at a time: a picture of 50 megapixels takes more than a gigabyte of memory.
/// Waiting is not part of a conversion's time-out.
/// </summary>
public static class MediaGate
{
    /// <summary>Most conversions at a time.</summary>
    public const int Places = 2;

    private static readonly SemaphoreSlim _free = new(Places);

    /// <summary>Runs a conversion when there is a place for it.</summary>
    /// <param name="convert">The conversion.</param>
    /// <param name="cancellationToken">Ends the wait; the conversion has to look at it itself.</param>
    public static async Task<T> RunAsync<T>(Func<Task<T>> convert, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        try
        {
            return await convert();
        }
        finally
        {
            _free.Release();
        }
    }
}

namespace MultiTalk.Web.Jobs;

/// <summary>Something that is read once for all who ask within a time. What could not be read is read again at once.</summary>
/// <param name="read">Reads it.</param>
/// <param name="age">How old an answer may be.</param>
/// <param name="time">The clock.</param>
internal sealed class Recent<T>(Func<Task<T>> read, TimeSpan age, TimeProvider time)
{
    private readonly Lock _gate = new();
    private Task<T>? _read;
    private long _readAt;

    /// <summary>What was read last, or is being read.</summary>
    public Task<T> GetAsync()
    {
        lock (_gate)
        {
            if (_read is null || _read.IsFaulted || time.GetElapsedTime(_readAt) >= age)
                (_read, _readAt) = (read(), time.GetTimestamp());
            return _read;
        }
    }
}

namespace MultiTalk.GpuRunner.Worker;

/// <summary>Growing pauses between tries, with jitter so that runners do not return all at once.</summary>
/// <param name="time">The clock.</param>
/// <param name="first">The first pause, in seconds.</param>
/// <param name="longest">The longest pause, in seconds.</param>
internal sealed class Backoff(TimeProvider time, double first = 0.2, double longest = 5)
{
    private int _tries;

    /// <summary>Waits between half of the next pause and all of it.</summary>
    public Task PauseAsync(CancellationToken cancellationToken) => PauseAsync(null, cancellationToken);

    /// <summary>The same, but not less than the Web asks for, up to the longest pause.</summary>
    public async Task PauseAsync(HttpRequestException? exception, CancellationToken cancellationToken)
    {
        var pause = Math.Min(first * Math.Pow(2, _tries++), longest) * (0.5 + (Random.Shared.NextDouble() / 2));
        if (exception is WebRefusalException { RetryAfter: { } wish })
            pause = Math.Max(pause, Math.Min(wish.TotalSeconds, longest));
        await Task.Delay(TimeSpan.FromSeconds(pause), time, cancellationToken);
    }

    /// <summary>A try went well.</summary>
    public void Reset() => _tries = 0;
}

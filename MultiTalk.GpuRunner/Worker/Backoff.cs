namespace MultiTalk.GpuRunner.Worker;

/// <summary>Growing pauses between tries, with jitter so that runners do not return all at once.</summary>
internal sealed class Backoff(TimeProvider time)
{
    private static readonly TimeSpan _first = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(5);

    private TimeSpan _next = _first;

    /// <summary>Waits between half of the next pause and all of it.</summary>
    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        var pause = _next * (0.5 + (Random.Shared.NextDouble() / 2));
        _next = _next * 2 < _longest ? _next * 2 : _longest;
        await Task.Delay(pause, time, cancellationToken);
    }

    /// <summary>A try went well.</summary>
    public void Reset() => _next = _first;
}

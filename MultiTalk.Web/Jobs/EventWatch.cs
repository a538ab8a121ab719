namespace MultiTalk.Web.Jobs;

/// <summary>
/// The events of one watcher. A slow one is not buffered for: beyond some events it has missed some, and looks at how things
/// stand instead.
/// </summary>
public sealed class EventWatch : IDisposable
{
    /// <summary>Most events that wait for a watcher.</summary>
    internal const int MostWaiting = 64;

    /// <summary>Most events that wait for a watcher of many jobs.</summary>
    internal const int MostWaitingOfAll = 512;

    private readonly Lock _gate = new();
    private readonly Action<EventWatch> _end;
    private readonly Func<JobEvent, bool>? _wanted;
    private readonly int _most;
    private List<JobEvent> _waiting = [];
    private bool _missed;

    // Whoever waits goes on at once, on the thread that brings the event: to wake another one takes as long as a trip to Redis.
    // So nobody who waits may hold that thread up.
    private TaskCompletionSource<bool>? _waiter;

    /// <summary>Starts to wait.</summary>
    /// <param name="end">Ends it.</param>
    /// <param name="wanted">Which events; null for all that come.</param>
    /// <param name="most">Most events that wait.</param>
    internal EventWatch(Action<EventWatch> end, Func<JobEvent, bool>? wanted = null, int most = MostWaiting) => (_end, _wanted, _most) = (end, wanted, most);

    /// <summary>Waits until there is something, or some was missed.</summary>
    /// <param name="atMost">How long.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False if the time passed without anything.</returns>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public async Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        var waiter = new TaskCompletionSource<bool>();
        lock (_gate)
        {
            if (_missed || _waiting.Count > 0)
                return true;
            _waiter = waiter;
        }

        using var timer = new Timer(_ => waiter.TrySetResult(false), null, atMost, Timeout.InfiniteTimeSpan);
        await using var canceled = cancellationToken.Register(() => waiter.TrySetCanceled(cancellationToken));
        return await waiter.Task;
    }

    /// <summary>Takes what there is, oldest first; null if some was missed.</summary>
    public IReadOnlyList<JobEvent>? Take()
    {
        lock (_gate)
        {
            var taken = _missed ? null : _waiting;
            (_waiting, _missed) = ([], false);
            return taken;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _end(this);

    internal void Add(JobEvent happened)
    {
        if (_wanted?.Invoke(happened) == false)
            return;
        lock (_gate)
        {
            if (_waiting.Count == _most)
                Lose();
            if (!_missed)
                _waiting.Add(happened);
        }

        Stir();
    }

    internal void Miss()
    {
        lock (_gate)
            Lose();
        Stir();
    }

    // What waits is of no use to a watcher that looks at how things stand.
    private void Lose() => (_waiting, _missed) = ([], true);

    private void Stir() => Interlocked.Exchange(ref _waiter, null)?.TrySetResult(true);
}

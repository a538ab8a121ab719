namespace MultiTalk.Web.Jobs;

/// <summary>
/// The events of one watcher. A slow one is not buffered for: beyond some events it has missed some, and looks at how things
/// stand instead.
/// </summary>
public sealed class EventWatch : IDisposable
{
    /// <summary>Most events that wait for a watcher.</summary>
    internal const int MostWaiting = 64;

    private readonly Lock _gate = new();
    // Without a wait handle there is nothing to dispose of, and an event may still be on its way when the watch ends.
    private readonly SemaphoreSlim _stirred = new(0, 1);
    private readonly Action<EventWatch> _end;
    private List<JobEvent> _waiting = [];
    private bool _missed;

    internal EventWatch(Action<EventWatch> end) => _end = end;

    /// <summary>Waits until there is something, or some was missed.</summary>
    /// <param name="atMost">How long.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False if the time passed without anything.</returns>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => _stirred.WaitAsync(atMost, cancellationToken);

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
        lock (_gate)
        {
            if (_waiting.Count == MostWaiting)
                Lose();
            if (!_missed)
                _waiting.Add(happened);
            Stir();
        }
    }

    internal void Miss()
    {
        lock (_gate)
        {
            Lose();
            Stir();
        }
    }

    // What waits is of no use to a watcher that looks at how things stand.
    private void Lose() => (_waiting, _missed) = ([], true);

    private void Stir()
    {
        if (_stirred.CurrentCount == 0)
            _stirred.Release();
    }
}

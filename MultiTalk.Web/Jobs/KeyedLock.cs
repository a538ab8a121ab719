namespace MultiTalk.Web.Jobs;

/// <summary>Lets those who come with the same key in one after another, in this process.</summary>
internal sealed class KeyedLock
{
    private readonly Dictionary<string, (SemaphoreSlim Gate, int Users)> _gates = [];

    /// <summary>Waits for its turn; disposing what it returns lets the next one in.</summary>
    public async Task<IDisposable> TakeAsync(string key, CancellationToken cancellationToken)
    {
        SemaphoreSlim gate;
        lock (_gates)
        {
            var (known, users) = _gates.GetValueOrDefault(key, (new(1), 0));
            _gates[key] = (gate = known, users + 1);
        }

        try
        {
            await gate.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Leave(key);
            throw;
        }

        return new Turn(() =>
        {
            gate.Release();
            Leave(key);
        });
    }

    private void Leave(string key)
    {
        lock (_gates)
        {
            var (gate, users) = _gates[key];
            if (users > 1)
                _gates[key] = (gate, users - 1);
            else
                _gates.Remove(key);
        }
    }

    private sealed class Turn(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}

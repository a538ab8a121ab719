using System.Diagnostics;
using CliWrap;
using CliWrap.Exceptions;

namespace MultiTalk.Benchmarks;

/// <summary>A process of this run, ended with it.</summary>
internal sealed class Child : IAsyncDisposable
{
    private const int LinesKept = 20;

    // What it keeps is deleted with the run; it need not end well.
    private static readonly TimeSpan _endWithin = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _kill = new();
    private readonly Queue<string> _lines = [];
    private readonly Lock _gate = new();
    private readonly Action<string>? _onLine;
    private readonly CommandTask<CommandResult> _ending;

    /// <summary>Starts it.</summary>
    /// <param name="program">What to run.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">What its environment has besides ours.</param>
    /// <param name="onLine">Gets each line that it writes.</param>
    public Child(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, Action<string>? onLine = null)
    {
        _onLine = onLine;
        _ending = Cli.Wrap(program)
            .WithArguments(arguments)
            .WithEnvironmentVariables(environment ?? new Dictionary<string, string?>())
            .WithStandardOutputPipe(PipeTarget.ToDelegate(Keep))
            .WithStandardErrorPipe(PipeTarget.ToDelegate(Keep))
            .ExecuteAsync(_kill.Token, _stop.Token);
    }

    /// <summary>Its memory in bytes.</summary>
    public long Memory => Look(process => process.WorkingSet64);

    /// <summary>The most memory that it ever held, in bytes.</summary>
    public long PeakMemory => Look(process => process.PeakWorkingSet64);

    /// <summary>The time that processors have spent on it.</summary>
    public TimeSpan ProcessorTime => Look(process => process.TotalProcessorTime);

    /// <summary>Waits for something that it should do.</summary>
    /// <exception cref="InvalidOperationException">It ended instead, or did not do it in time.</exception>
    public async Task<T> UntilAsync<T>(Task<T> done, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        var first = await Task.WhenAny(done, _ending.Task, Task.Delay(Timeout.Infinite, limit.Token));
        cancellationToken.ThrowIfCancellationRequested();
        return first == done ? await done : throw new InvalidOperationException($"A process ended too early, or was not ready within 60 s. It wrote:{Environment.NewLine}{Tail()}");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _kill.CancelAfter(_endWithin);
        try
        {
            await _ending;
        }
        catch (Exception exception) when (exception is OperationCanceledException or CommandExecutionException)
        {
            // It was ended, or had ended badly, which whoever waited for it has said.
        }

        _stop.Dispose();
        _kill.Dispose();
    }

    private T Look<T>(Func<Process, T> at)
    {
        using var process = Process.GetProcessById(_ending.ProcessId);
        return at(process);
    }

    private void Keep(string line)
    {
        lock (_gate)
        {
            _lines.Enqueue(line);
            if (_lines.Count > LinesKept)
                _lines.Dequeue();
        }

        _onLine?.Invoke(line);
    }

    private string Tail()
    {
        lock (_gate)
            return string.Join(Environment.NewLine, _lines);
    }
}

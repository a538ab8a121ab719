using System.Diagnostics;

namespace MultiTalk.Tests.Faults;

/// <summary>
/// A program of the cluster, which can be killed, frozen and started again. Its output is read to its end, whoever waits for a
/// line: a process whose output nobody reads stands still once the pipe is full.
/// </summary>
/// <param name="start">How it is started.</param>
/// <param name="ready">What a line of its output contains when it can do its work.</param>
internal sealed class ClusterProcess(ProcessStartInfo start, string ready) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<string> _output = [];
    private readonly List<(string Text, TaskCompletionSource<string> Found)> _awaited = [];
    private Process? _process;

    /// <summary>Its process id.</summary>
    public int Id => _process!.Id;

    /// <summary>How often it was started.</summary>
    public int Starts { get; private set; }

    /// <summary>Everything that it and those before it wrote.</summary>
    public string Output
    {
        get
        {
            lock (_gate)
                return string.Join('\n', _output);
        }
    }

    /// <summary>Starts it, be it again, and waits until it is ready.</summary>
    /// <returns>The line that said so.</returns>
    /// <exception cref="InvalidOperationException">It ended instead; the message is its output.</exception>
    public async Task<string> StartAsync()
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        var readied = NextLineAsync(ready);
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process?.Dispose();
        _process = process;
        Starts++;
        var ended = process.WaitForExitAsync(TestContext.Current.CancellationToken);
        if (await Task.WhenAny(readied, ended) == ended)
        {
            await ended;
            throw new InvalidOperationException($"{start.FileName} ended with {process.ExitCode}: {Output}");
        }

        return await readied;
    }

    /// <summary>The first line from now on that contains a text; the test's time-out ends the wait.</summary>
    public Task<string> NextLineAsync(string text)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
            _awaited.Add((text, found));
        return found.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Sends it a signal.</summary>
    public void Send(Signal signal) => signal.Send(Id);

    /// <summary>kill -9, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        Send(Signal.Kill);
        await _process!.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>SIGTERM, and waits for the end.</summary>
    /// <returns>The exit code, and how long it took.</returns>
    public async Task<(int ExitCode, TimeSpan Took)> TerminateAsync()
    {
        var asked = Stopwatch.StartNew();
        Send(Signal.Terminate);
        await _process!.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (_process.ExitCode, asked.Elapsed);
    }

    public void Dispose()
    {
        if (_process is { HasExited: false })
            Send(Signal.Kill);
        _process?.Dispose();
        _process = null;
    }

    private void Add(string? line)
    {
        if (line is null)
            return;
        lock (_gate)
        {
            _output.Add(line);
            foreach (var (_, found) in _awaited.Where(awaited => line.Contains(awaited.Text, StringComparison.Ordinal)))
                found.TrySetResult(line);
            _awaited.RemoveAll(awaited => awaited.Found.Task.IsCompleted);
        }
    }
}

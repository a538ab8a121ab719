using System.Diagnostics;
using System.Globalization;

namespace MultiTalk.Benchmarks;

/// <summary>BullMQ in a node process that takes orders and answers with times. It ends when its stdin does.</summary>
internal sealed class BullMq : IDisposable
{
    private static readonly TimeSpan _endWithin = TimeSpan.FromSeconds(5);

    private readonly Process _node;

    /// <summary>Starts it.</summary>
    /// <param name="directory">Where <c>bench.mjs</c> lies and its packages are installed.</param>
    /// <param name="socket">Of Redis.</param>
    /// <param name="payload">A file with what a job carries: JSON.</param>
    public BullMq(string directory, string socket, string payload)
    {
        _node = Process.Start(new ProcessStartInfo("node", [Path.Combine(directory, "bench.mjs"), socket, payload]) { RedirectStandardInput = true, RedirectStandardOutput = true })
            ?? throw new InvalidOperationException("node did not start.");
    }

    /// <summary>Claims jobs without completing them.</summary>
    /// <returns>Jobs a second.</returns>
    public Task<double> FetchAsync(int jobs, int concurrency, CancellationToken cancellationToken) => AskAsync("fetch", jobs, concurrency, cancellationToken);

    /// <summary>Lets its ordinary worker process jobs in which nothing is to be done.</summary>
    /// <returns>Jobs a second.</returns>
    public Task<double> WorkAsync(int jobs, int concurrency, CancellationToken cancellationToken) => AskAsync("work", jobs, concurrency, cancellationToken);

    public void Dispose()
    {
        _node.StandardInput.Close();
        if (!_node.WaitForExit(_endWithin))
            _node.Kill();
        _node.Dispose();
    }

    private async Task<double> AskAsync(string what, int jobs, int concurrency, CancellationToken cancellationToken)
    {
        await _node.StandardInput.WriteLineAsync(Row.Text($"{what} {jobs} {concurrency}"));
        await _node.StandardInput.FlushAsync(cancellationToken);
        var answer = await _node.StandardOutput.ReadLineAsync(cancellationToken)
            ?? throw new InvalidOperationException("BullMQ's process has ended; what it wrote stands above.");
        return jobs / double.Parse(answer, CultureInfo.InvariantCulture);
    }
}

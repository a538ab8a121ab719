using System.Collections.Concurrent;
using System.Net.Sockets;
using MultiTalk.GpuRunner.Colab;

namespace MultiTalk.Tests.Faults;

/// <summary>
/// A checkout whose script is the real preview, but reports to the test before it begins and after it has written its video, and
/// waits there for the test's word. So a generation lasts as long as a test needs, and costs nothing meanwhile.
/// </summary>
internal sealed class Gate : IDisposable
{
    /// <summary>The script has started, and done nothing yet.</summary>
    public const string Started = "started";

    /// <summary>The video is written whole.</summary>
    public const string Written = "written";

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<Arrival>> _held = new();
    private readonly CancellationTokenSource _end = new();

    /// <summary>Makes the checkout and listens.</summary>
    /// <param name="directory">Of the cluster.</param>
    public Gate(string directory)
    {
        Checkout = Directory.CreateDirectory(Path.Combine(directory, "checkout")).FullName;
        var socket = Path.Combine(directory, "gate.sock");
        _listener.Bind(new UnixDomainSocketEndPoint(socket));
        _listener.Listen();
        var preview = Path.Combine(AppContext.BaseDirectory, "python", "preview");
        File.WriteAllText(Path.Combine(Checkout, ColabLayout.Script), $$"""
            import os, socket, sys

            def gate(point):
                with socket.socket(socket.AF_UNIX) as test:
                    test.connect({{Python(socket)}})
                    test.sendall(f"{point} {os.getpid()} {os.path.basename(os.path.dirname(os.getcwd()))}\n".encode())
                    word = test.recv(1)
                    if word == b"x":
                        raise RuntimeError("poisoned by the test")
                    if word != b"g":
                        os._exit(1)

            gate("{{Started}}")
            sys.path[0] = {{Python(preview)}}
            with open({{Python(Path.Combine(preview, ColabLayout.Script))}}) as script:
                exec(compile(script.read(), script.name, "exec"), {"__name__": "__main__", "__file__": script.name})
            gate("{{Written}}")
            """);
        _ = AcceptAsync();
    }

    /// <summary>The directory with the script.</summary>
    public string Checkout { get; }

    /// <summary>Stops the next script that comes to a point; it waits from now on, whether or not the test does.</summary>
    /// <returns>When it has come there; the test's time-out ends the wait.</returns>
    public Task<Arrival> HoldAsync(string point)
    {
        var held = new TaskCompletionSource<Arrival>(TaskCreationOptions.RunContinuationsAsynchronously);
        _held[point] = held;
        return held.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = HearAsync(await _listener.AcceptAsync(_end.Token));
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task HearAsync(Socket script)
    {
        try
        {
            using var reader = new StreamReader(new NetworkStream(script), leaveOpen: true);
            if (await reader.ReadLineAsync(_end.Token) is not { } line)
                return;
            var words = line.Split(' ');
            var arrival = new Arrival(script, int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture), words[2]);
            if (_held.TryRemove(words[0], out var held))
                held.TrySetResult(arrival);
            else
                arrival.Go();
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
            // The script was killed as it spoke.
        }
    }

    private static string Python(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}

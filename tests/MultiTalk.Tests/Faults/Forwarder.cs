using System.Net;
using System.Net.Sockets;

namespace MultiTalk.Tests.Faults;

/// <summary>
/// What an ingress is: it hands each connection to the next Web that answers, so that a Web's end is not that of its runners.
/// A call can be held on its way, there or back.
/// </summary>
internal sealed class Forwarder : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private volatile Uri[] _webs = [];
    private volatile HeldCall? _hold;
    private int _next;

    /// <summary>Listens on a free port of the loopback.</summary>
    public Forwarder()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Forwards to these from now on; connections that there are stay.</summary>
    public void ForwardTo(IEnumerable<Uri> webs) => _webs = [.. webs];

    /// <summary>Holds the next call whose path ends so: before the Web sees it, or, if <paramref name="answer"/>, after it has answered.</summary>
    public HeldCall Hold(string path, bool answer = false) => _hold = new HeldCall($"{path} HTTP/1.1\r\n", answer);

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
                _ = RelayAsync(await _listener.AcceptSocketAsync(_end.Token));
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task RelayAsync(Socket client)
    {
        using var _ = client;
        try
        {
            using var web = await ConnectAsync();
            var connection = new Connection();
            await await Task.WhenAny(PumpAsync(client, web, connection, there: true), PumpAsync(web, client, connection, there: false));
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the two is gone; closing both connections tells the other.
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        var webs = _webs;
        for (var left = webs.Length; ; left--)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                // None at all is a refused connection, too.
                var web = webs.Length == 0 ? throw new SocketException((int)SocketError.ConnectionRefused) : webs[(uint)Interlocked.Increment(ref _next) % webs.Length];
                await socket.ConnectAsync(IPAddress.Loopback, web.Port, _end.Token);
                return socket;
            }
            catch (SocketException) when (left > 1)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to, Connection connection, bool there)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReceiveAsync(buffer, _end.Token) is > 0 and var read)
        {
            // HttpClient writes the head of a request at once.
            if (there && _hold is { } hold && hold.Matches(buffer.AsSpan(0, read)))
                (connection.Held, _hold) = (hold, null);
            if (connection.Held is { } held && held.OfAnswer != there)
                await held.WaitAsync(_end.Token);
            await to.SendAsync(buffer.AsMemory(0, read), _end.Token);
        }
    }

    /// <summary>What both directions of a connection know.</summary>
    private sealed class Connection
    {
        public volatile HeldCall? Held;
    }
}

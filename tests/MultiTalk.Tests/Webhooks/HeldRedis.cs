using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MultiTalk.Tests.Webhooks;

/// <summary>
/// Stands between a Web and its Redis, and holds back what the Web says from a text on: as far as Redis can tell, the Web stands
/// still there.
/// </summary>
internal sealed class HeldRedis : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _socket;
    private readonly Task _accepting;
    private volatile string? _text;

    /// <summary>Starts to stand there.</summary>
    /// <param name="connectionString">How Redis is reached: <c>!</c> and its socket.</param>
    public HeldRedis(string connectionString)
    {
        _socket = connectionString[1..];
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    /// <summary>How the Web reaches Redis.</summary>
    public string ConnectionString => _listener.LocalEndPoint!.ToString()!;

    /// <summary>Holds back the Web's words as soon as a text is among them; nothing of its command is carried out then.</summary>
    /// <returns>When that is.</returns>
    public Task HoldAsync(string text)
    {
        _text = text;
        return _held.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Lets what is held go on.</summary>
    public void Release() => _released.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Dispose();
        _released.TrySetResult();
        await _accepting;
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
                connections.Add(ForwardAsync(await _listener.AcceptAsync(_ending.Token)));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ForwardAsync(Socket web)
    {
        using var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using (web)
        {
            try
            {
                await server.ConnectAsync(new UnixDomainSocketEndPoint(_socket), _ending.Token);
                await Task.WhenAny(PumpAsync(web, server, watched: true), PumpAsync(server, web, watched: false));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException)
            {
                // Redis is away, or the test is over.
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool watched)
    {
        var buffer = new byte[64 << 10];
        var before = "";
        try
        {
            for (int read; (read = await from.ReceiveAsync(buffer, _ending.Token)) > 0;)
            {
                if (watched && _text is { } text)
                {
                    // It may come in two pieces.
                    before += Encoding.Latin1.GetString(buffer, 0, read);
                    if (before.Contains(text, StringComparison.Ordinal))
                    {
                        _text = null;
                        _held.TrySetResult();
                        await _released.Task;
                    }

                    before = before[^Math.Min(before.Length, text.Length - 1)..];
                }

                for (var sent = 0; sent < read;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), _ending.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One of them is gone, or the test is over.
        }
    }
}

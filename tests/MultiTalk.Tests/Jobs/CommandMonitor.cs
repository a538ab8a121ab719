using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using StackExchange.Redis;

namespace MultiTalk.Tests.Jobs;

/// <summary>A run of a script, as <c>MONITOR</c> saw it.</summary>
/// <param name="Hash">The script's SHA-1.</param>
/// <param name="Keys">The keys that it declared.</param>
/// <param name="Commands">What it called, with the arguments.</param>
internal sealed record ScriptRun(string Hash, IReadOnlyList<string> Keys, List<string[]> Commands);

/// <summary>Everything that a server does, by its own account (<c>MONITOR</c>): scripts and what they call.</summary>
internal sealed partial class CommandMonitor : IAsyncDisposable
{
    private const string End = "the end of what is monitored";

    private readonly Socket _socket;
    private readonly StreamReader _lines;
    private readonly IDatabase _redis;

    private CommandMonitor(Socket socket, IDatabase redis)
    {
        (_socket, _redis) = (socket, redis);
        _lines = new(new NetworkStream(socket, ownsSocket: true), Encoding.Latin1);
    }

    /// <summary>Begins to listen.</summary>
    public static async Task<CommandMonitor> StartAsync(OwnRedis redis)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(redis.Socket));
        var monitor = new CommandMonitor(socket, redis.Database);
        await socket.SendAsync(Encoding.ASCII.GetBytes("MONITOR\r\n"));
        Assert.Equal("+OK", await monitor._lines.ReadLineAsync());
        return monitor;
    }

    /// <summary>Does something, and returns the runs of scripts in it.</summary>
    public async Task<IReadOnlyList<ScriptRun>> DuringAsync(Func<Task> action)
    {
        // What the server says is read at once: it keeps only so much for a listener that does not.
        var reading = Task.Run(RunsAsync);
        await action();
        await _redis.ExecuteAsync("ECHO", End);
        return await reading;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _lines.Dispose();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    // Commands of a script follow the line of the script: the server does nothing else meanwhile.
    private async Task<IReadOnlyList<ScriptRun>> RunsAsync()
    {
        var runs = new List<ScriptRun>();
        while (await _lines.ReadLineAsync() is { } line)
        {
            string[] words = [.. Words().Matches(line[line.IndexOf(']', StringComparison.Ordinal)..]).Select(word => Escapes().Replace(word.Groups[1].Value, Unescaped))];
            if (line.Contains(" lua] ", StringComparison.Ordinal))
                runs[^1].Commands.Add(words);
            else if (words[0].ToUpperInvariant() is "EVAL" or "EVALSHA")
                runs.Add(new(words[0].Length > 4 ? words[1] : Requests.Sha1(words[1]), words[3..(3 + int.Parse(words[2], CultureInfo.InvariantCulture))], []));
            else if (words is ["ECHO", End])
                break;
        }

        return runs;
    }

    private static string Unescaped(Match escape) => escape.Value switch
    {
        "\\n" => "\n",
        "\\r" => "\r",
        "\\t" => "\t",
        "\\a" => "\a",
        "\\b" => "\b",
        ['\\', 'x', ..] => ((char)Convert.ToByte(escape.Value[2..], 16)).ToString(),
        _ => escape.Value[1..],
    };

    [GeneratedRegex("""
        "((?:[^"\\]|\\.)*)"
        """)]
    private static partial Regex Words();

    [GeneratedRegex(@"\\(x[0-9a-f]{2}|.)")]
    private static partial Regex Escapes();
}

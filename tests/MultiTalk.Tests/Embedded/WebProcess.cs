using System.Diagnostics;
using System.Net.Http.Headers;
using System.Threading.Channels;

namespace MultiTalk.Tests.Embedded;

/// <summary>The Web as a process of its own, to be interrupted and killed.</summary>
internal sealed class WebProcess : IDisposable
{
    private const string ApiKey = "a key of the tests, long enough to be taken";

    private readonly Process _process;
    private readonly ChannelReader<string> _output;

    private WebProcess(Process process, ChannelReader<string> output, Uri address)
    {
        _process = process;
        _output = output;
        Client = new HttpClient { BaseAddress = address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", ApiKey) } };
    }

    /// <summary>An administrator's client.</summary>
    public HttpClient Client { get; }

    /// <summary>The most memory that it ever held, in bytes.</summary>
    public long PeakMemory
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    /// <summary>Starts it and waits until it listens.</summary>
    /// <exception cref="InvalidOperationException">It ended instead; the message is its output.</exception>
    public static async Task<WebProcess> StartAsync(string data, params (string Name, string? Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "MultiTalk.Web.dll"), "--contentRoot", AppContext.BaseDirectory])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MULTITALK_DATA"] = data;
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["Access__ApiKey"] = ApiKey;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        // Read to its end, whoever listens: a process whose output nobody reads stands still once the pipe is full.
        var lines = Channel.CreateUnbounded<string>();
        process.OutputDataReceived += (_, line) => _ = line.Data is { } text ? lines.Writer.TryWrite(text) : lines.Writer.TryComplete();
        process.BeginOutputReadLine();

        var output = new List<string>();
        await foreach (var line in lines.Reader.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            output.Add(line);
            if (line.StartsWith("MultiTalk listens on ", StringComparison.Ordinal))
                return new WebProcess(process, lines.Reader, new Uri(line["MultiTalk listens on ".Length..]));
        }

        throw new InvalidOperationException(string.Join('\n', output) + await errors);
    }

    /// <summary>The next line of its output that contains a text.</summary>
    public async Task<string> NextLineWithAsync(string text)
    {
        await foreach (var line in _output.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            if (line.Contains(text, StringComparison.Ordinal))
                return line;
        }

        throw new InvalidOperationException($"It ended without a line with \"{text}\".");
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Ctrl-C, and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> InterruptAsync()
    {
        using var kill = Process.Start("kill", ["-INT", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        Client.Dispose();
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}

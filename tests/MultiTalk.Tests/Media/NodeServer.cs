using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace MultiTalk.Tests.Media;

/// <summary>A server from npm, on a free loopback port. Its packages are installed once, as the lock file says, below the temporary folder.</summary>
internal sealed partial class NodeServer : IAsyncDisposable
{
    private static readonly string _sources = Path.Combine(AppContext.BaseDirectory, "Media", "Servers");
    private static readonly Lazy<Task<string>> _installed = new(InstallAsync);

    private readonly string _script;
    private readonly (string Name, string Value) _environment;
    private readonly string[] _arguments;
    private Process? _process;
    private Task? _output;

    private NodeServer(string script, (string Name, string Value) environment, string[] arguments) => (_script, _environment, _arguments) = (script, environment, arguments);

    /// <summary>Where it listens, also after another start.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Starts one; skips the test where npm is missing.</summary>
    /// <param name="script">The script in <c>node_modules</c>.</param>
    /// <param name="environment">A variable for it.</param>
    /// <param name="arguments">Its arguments; the one that is 0 is its port.</param>
    public static async Task<NodeServer> StartAsync(string script, (string Name, string Value) environment, params string[] arguments)
    {
        var server = new NodeServer(script, environment, arguments);
        await server.StartAsync("0");
        return server;
    }

    /// <summary>Ends it. What it keeps in memory is gone.</summary>
    public async Task StopAsync()
    {
        if (_process is null)
            return;
        _process.StandardInput.Close();
        await _output!;
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Starts it once more, at the same address.</summary>
    public Task StartAgainAsync() => StartAsync(Address.Port.ToString(CultureInfo.InvariantCulture));

    /// <summary>SIGSTOP: it accepts connections and answers nothing.</summary>
    public Task FreezeAsync() => SignalAsync("-STOP");

    /// <summary>SIGCONT.</summary>
    public Task ThawAsync() => SignalAsync("-CONT");

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await ThawAsync();
        await StopAsync();
    }

    /// <summary>The path of a file beside the list of packages.</summary>
    public static string Source(string name) => Path.Combine(_sources, name);

    private async Task StartAsync(string port)
    {
        var modules = await _installed.Value;
        var start = new ProcessStartInfo("node", ["--require", Source("until-stdin-ends.js"), Path.Combine(modules, _script), .. _arguments.Select(argument => argument == "0" ? port : argument)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { [_environment.Name] = _environment.Value },
        };
        _process = Process.Start(start)!;
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (Listens().Match(line) is not { Success: true } listens)
                continue;
            Address = new($"http://127.0.0.1:{listens.Groups[1].Value}");
            _output = _process.StandardOutput.ReadToEndAsync();
            return;
        }

        throw new InvalidOperationException($"{_script} did not start.");
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [signal, _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    private static async Task<string> InstallAsync()
    {
        var packages = await File.ReadAllBytesAsync(Source("package-lock.json"));
        var cache = Path.Combine(Path.GetTempPath(), "multitalk-test-servers-" + Convert.ToHexStringLower(SHA256.HashData(packages))[..16]);
        if (!Directory.Exists(cache))
        {
            using var making = new TempDirectory();
            foreach (var name in new[] { "package.json", "package-lock.json" })
                File.Copy(Source(name), making[name]);
            await InstallAsync(making.Path);
            try
            {
                Directory.Move(making.Path, cache);
                Directory.CreateDirectory(making.Path);
            }
            catch (IOException) when (Directory.Exists(cache))
            {
                // Another run was faster.
            }
        }

        return Path.Combine(cache, "node_modules");
    }

    private static async Task InstallAsync(string directory)
    {
        var start = new ProcessStartInfo("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"])
        {
            WorkingDirectory = directory,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        try
        {
            using var npm = Process.Start(start)!;
            var output = npm.StandardOutput.ReadToEndAsync();
            var error = await npm.StandardError.ReadToEndAsync();
            await output;
            await npm.WaitForExitAsync();
            Assert.True(npm.ExitCode == 0, $"npm ci ended with {npm.ExitCode}: {error}");
        }
        catch (Win32Exception exception)
        {
            Assert.Skip($"The servers come from npm, which is missing here: {exception.Message}. Install Node.js.");
        }
    }

    [GeneratedRegex(@"listen\w*.*127\.0\.0\.1:(\d+)")]
    private static partial Regex Listens();
}

using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace MultiTalk.Tests.Media;

/// <summary>A server from npm, on a free loopback port. Its packages are installed once, as the lock file says, below the temporary folder.</summary>
internal sealed partial class NodeServer : IAsyncDisposable
{
    private static readonly string _sources = Path.Combine(AppContext.BaseDirectory, "Media", "Servers");
    private static readonly Lazy<Task<string>> _installed = new(InstallAsync);

    private readonly Process _process;
    private readonly Task _output;

    private NodeServer(Process process, Uri address, Task output) => (_process, Address, _output) = (process, address, output);

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Starts one; skips the test where npm is missing.</summary>
    /// <param name="script">The script in <c>node_modules</c>.</param>
    /// <param name="environment">A variable for it.</param>
    /// <param name="arguments">Its arguments.</param>
    public static async Task<NodeServer> StartAsync(string script, (string Name, string Value) environment, params string[] arguments)
    {
        var modules = await _installed.Value;
        var start = new ProcessStartInfo("node", ["--require", Source("until-stdin-ends.js"), Path.Combine(modules, script), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { [environment.Name] = environment.Value },
        };
        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (Listens().Match(line) is { Success: true } listens)
                return new(process, new($"http://127.0.0.1:{listens.Groups[1].Value}"), process.StandardOutput.ReadToEndAsync());
        }

        throw new InvalidOperationException($"{script} did not start.");
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _output;
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>The path of a file beside the list of packages.</summary>
    public static string Source(string name) => Path.Combine(_sources, name);

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

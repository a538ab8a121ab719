using CliWrap;
using MultiTalk.GpuRunner;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Diagnosis;

namespace MultiTalk.Tests.Diagnosis;

/// <summary>The real Python of this machine with packages of the test's own: a wrapper around it sets where they are.</summary>
internal sealed class StubPackages : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly List<string> _exports = [];

    public StubPackages() => Directory.CreateDirectory(_directory["packages"]);

    /// <summary>The settings of its runner.</summary>
    public RunnerOptions Options => new() { Python = _directory["bin/python"], Workspaces = _directory["workspaces"] };

    /// <summary>What is left in its directory.</summary>
    public IEnumerable<string> Left => _directory.Names;

    /// <summary>A path of its own.</summary>
    public string PathOf(string name) => _directory[name];

    /// <summary>Writes a module, or a file of a package.</summary>
    public void Module(string path, string code)
    {
        var file = Path.Combine(_directory["packages"], path.EndsWith(".py", StringComparison.Ordinal) ? path : path + ".py");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, code);
    }

    /// <summary>Installs a distribution, without its modules.</summary>
    public void Distribution(string name, string version)
    {
        var folder = Path.Combine(_directory["packages"], $"{name.Replace('-', '_')}-{version}.dist-info");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "METADATA"), $"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
    }

    /// <summary>Sets a variable for the interpreter.</summary>
    public void Set(string name, string value) => _exports.Add($"export {name}='{value}'");

    /// <summary>Makes the wrapper.</summary>
    public async Task MakeAsync()
    {
        Directory.CreateDirectory(_directory["bin"]);
        _directory.Write("wrapper", string.Join('\n', ["#!/bin/sh", .. _exports, $"export PYTHONPATH='{_directory["packages"]}'", "exec python3 \"$@\"", ""]));
        // By another process: what we had open for writing could not be run while a child of another test still holds it.
        await Cli.Wrap("sh").WithArguments(["-c", "cp \"$1\" \"$2\" && chmod +x \"$2\"", "sh", _directory["wrapper"], _directory["bin/python"]]).ExecuteAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Sends the doctor.</summary>
    public async Task<DoctorReport> ExamineAsync(TimeSpan? importPatience = null)
    {
        await MakeAsync();
        return await new Doctor(Options, new() { ImportPatience = importPatience ?? TimeSpan.FromSeconds(60) }).ExamineAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose() => _directory.Dispose();
}

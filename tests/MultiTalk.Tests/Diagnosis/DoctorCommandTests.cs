using System.Text.Json;
using CliWrap;
using MultiTalk.Tests.CommandLine;

namespace MultiTalk.Tests.Diagnosis;

/// <summary>The verb, on the machine that runs the tests: no Colab, whatever else it is.</summary>
public sealed class DoctorCommandTests : IDisposable
{
    // Where none of the packages is installed.
    private static readonly TimeSpan _promised = TimeSpan.FromSeconds(5);

    private readonly TempDirectory _directory = new();
    private readonly RunnerProgram _program;

    public DoctorCommandTests() => _program = new(_directory);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_report_is_an_interface()
    {
        var result = await _program.Start("doctor", "--json");

        Assert.Equal((1, ""), (result.ExitCode, result.StandardError));
        using var document = JsonDocument.Parse(result.StandardOutput);
        var (parity, probes) = (document.RootElement.GetProperty("parity"), document.RootElement.GetProperty("probes"));
        Assert.Equal(["parity", "probes", "abilities", "ok"], Names(document.RootElement));
        Assert.Equal(Enumerable.Range(1, 9), parity.EnumerateArray().Select(check => check.GetProperty("number").GetInt32()));
        Assert.All(parity.EnumerateArray(), check => Assert.Equal(["number", "difference", "colab", "here", "ok", "remedy"], Names(check)));
        Assert.All(probes.EnumerateArray(), probe => Assert.Equal(["code", "name", "expected", "here", "ok", "remedy"], Names(probe)));
        var codes = probes.EnumerateArray().Select(probe => probe.GetProperty("code").GetString()).ToList();
        Assert.Equal(codes.Distinct(), codes);
        Assert.All(parity.EnumerateArray().Concat(probes.EnumerateArray()), row => Assert.Equal(row.GetProperty("ok").GetBoolean(), row.GetProperty("remedy").GetString()!.Length == 0));
        // Here, too, a job stands where it stands on Colab.
        Assert.True(parity[0].GetProperty("ok").GetBoolean() && parity[6].GetProperty("ok").GetBoolean() && parity[8].GetProperty("ok").GetBoolean());
        // What else runs here can only slow it: one run of a few tells how long it takes.
        var fastest = result.RunTime;
        for (var again = 0; again < 3 && fastest >= _promised; again++)
            fastest = (await _program.Start("doctor", "--json")).RunTime;
        Assert.InRange(fastest, TimeSpan.Zero, _promised);
        AssertNothingIsLeft();
    }

    [Fact]
    public async Task Without_any_workspace_it_is_said_what_to_set()
    {
        _program.Set("TMPDIR", "/proc");
        _program.Set("Runner__Workspaces", "/proc/workspaces");
        var result = await _program.Start("doctor", "--json");

        using var document = JsonDocument.Parse(result.StandardOutput);
        var unseen = document.RootElement.GetProperty("probes").EnumerateArray().Where(probe => probe.GetProperty("here").GetString() == "not looked at: that takes a workspace").ToList();
        Assert.InRange(unseen.Count, 60, 100);
        Assert.All(unseen, probe => Assert.Equal("Set Runner:Workspaces to a directory that this user can write.", probe.GetProperty("remedy").GetString()));
        Assert.DoesNotContain("Install Python", result.StandardOutput, StringComparison.Ordinal);
        AssertNothingIsLeft();
    }

    [Theory]
    [InlineData("60")]
    [InlineData("100")]
    [InlineData("no number")]
    public async Task People_get_tables(string columns)
    {
        _program.Set("COLUMNS", columns);
        _program.Set("LC_ALL", "C");
        var result = await _program.Start("doctor");

        Assert.Equal((1, ""), (result.ExitCode, result.StandardError));
        var lines = result.StandardOutput.TrimEnd().Split('\n');
        for (var number = 1; number <= 9; number++)
            Assert.Contains(lines, line => line.StartsWith($" {number}  ok ", StringComparison.Ordinal) || line.StartsWith($" {number}  NO ", StringComparison.Ordinal));
        Assert.StartsWith("This machine is not as Colab is: ", lines[^1], StringComparison.Ordinal);
        Assert.EndsWith(" The engine preview can run here.", lines[^1], StringComparison.Ordinal);
        Assert.DoesNotContain('\e', result.StandardOutput);
        AssertNothingIsLeft();
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("HUP")]
    public async Task An_interrupted_one_leaves_nothing(string signal)
    {
        using var packages = new StubPackages();
        await Cli.Wrap("mkfifo").WithArguments(packages.PathOf("pipe")).ExecuteAsync(Cancellation);
        // Whoever holds the pipe's other end is still alive.
        packages.Module("torch", $"pipe = open('{packages.PathOf("pipe")}', 'w')\nprint('started', file=pipe, flush=True)\nimport signal; signal.pause()");
        await packages.MakeAsync();
        _program.Set("Runner__Python", packages.Options.Python);
        var running = _program.Start("doctor");
        using var reader = await Task.Run(() => new StreamReader(new FileStream(packages.PathOf("pipe"), FileMode.Open, FileAccess.Read)), Cancellation);
        await reader.ReadLineAsync(Cancellation);

        await RunnerProgram.SignalAsync(signal, running.ProcessId);

        var result = await running;
        Assert.Equal((130, ""), (result.ExitCode, result.StandardOutput));
        Assert.Equal("", await reader.ReadToEndAsync(Cancellation));
        AssertNothingIsLeft();
    }

    [Fact]
    public async Task A_wrong_setting_is_bad_usage()
    {
        _program.Set("Runner__Heartbeat", "abc");
        Assert.Equal(2, (await _program.Start("doctor")).ExitCode);
    }

    public void Dispose() => _directory.Dispose();

    private void AssertNothingIsLeft()
    {
        Assert.Equal(["tmp"], _directory.Names);
        Assert.Empty(_program.Left);
    }

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(property => property.Name);
}

using CliWrap;
using CliWrap.Buffered;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Execution;

namespace MultiTalk.Tests.Execution;

public sealed class RerunTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_repeats_a_run_by_hand_whatever_is_in_it()
    {
        using var checkout = await FakeCheckout.WithAsync("""
            import json
            print(json.dumps({"argv": sys.argv, "cwd": os.path.basename(os.getcwd()), "stdin": os.readlink("/proc/self/fd/0"),
                "environment": sorted(f"{name}={value}" for name, value in os.environ.items() if name != "LC_CTYPE"), "left": sorted(os.listdir("."))}))
            sys.exit(7)
            """);
        using var workspace = Workspace.Create(checkout.Workspaces, "job-1", checkout.Path);
        string[] arguments = [ColabLayout.Script, "--prompt", "two words", "$(id) `id` ä'\"\\\n!*", "", "-x"];
        Rerun.Write(workspace, new("python3", arguments, new SortedDictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["ODD"] = "a 'b' \"c\" $d" }));
        foreach (var left in new[] { "output.mp4", "output-temp.mp4", "output-cropaudio.wav" })
            File.WriteAllText(workspace.PathOf(left), "");

        var result = await Cli.Wrap(Path.Combine(workspace.Home, Rerun.Name)).WithWorkingDirectory("/").WithEnvironmentVariables(set => set.Set("PYTHONPATH", "/elsewhere"))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(Cancellation);

        Assert.Equal((7, ""), (result.ExitCode, result.StandardError));
        using var seen = System.Text.Json.JsonDocument.Parse(result.StandardOutput);
        Assert.Equal(arguments, Texts("argv"));
        Assert.Equal(("MultiTalk", "/dev/null"), (seen.RootElement.GetProperty("cwd").GetString(), seen.RootElement.GetProperty("stdin").GetString()));
        Assert.Equal(["ODD=a 'b' \"c\" $d", "PATH=/usr/bin:/bin"], Texts("environment"));
        Assert.Equal([ColabLayout.Script, ColabLayout.Weights], Texts("left"));

        IEnumerable<string?> Texts(string name) => seen.RootElement.GetProperty(name).EnumerateArray().Select(text => text.GetString());
    }
}

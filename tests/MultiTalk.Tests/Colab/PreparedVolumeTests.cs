using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Tests.CommandLine;

namespace MultiTalk.Tests.Colab;

/// <summary>A workspace over a model volume, looked at before it is run.</summary>
public sealed class PreparedVolumeTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly FakeVolume _volume;

    public PreparedVolumeTests()
    {
        _volume = new(_directory["models"]);
        Directory.CreateDirectory(_directory["checkout/wan"]);
        File.WriteAllText(_directory[$"checkout/{ColabLayout.Script}"], "");
    }

    [Fact]
    public async Task A_volume_that_went_away_is_named_link_by_link()
    {
        var program = new RunnerProgram(_directory);
        program.Set("Runner__Engine", Engine.MultiTalk);
        program.Set("Runner__Models", _volume.Root);
        program.Set("Runner__Checkout", _directory["checkout"]);
        var prepared = await program.Start("prepare", "--workspace", "steps", "--image", Samples.Path("portrait.png"), "--voice", Samples.Path("voice.wav"), "--prompt", "x");
        Assert.True(prepared.IsSuccess, prepared.StandardError);
        Assert.DoesNotContain("leads to", (await program.Start("check", "--workspace", "steps")).StandardError, StringComparison.Ordinal);

        Directory.Move(_volume.Root, _directory["elsewhere"]);
        var check = await program.Start("check", "--workspace", "steps");

        Assert.Equal(1, check.ExitCode);
        foreach (var name in new[] { $"weights/{ColabLayout.Wav2Vec}", $"weights/{ColabLayout.BaseModel}/{ColabLayout.Index}", $"weights/{ColabLayout.BaseModel}/{FakeVolume.T5}" })
            Assert.Contains($"{name} leads to {_volume.Root}/", check.StandardError, StringComparison.Ordinal);
        Assert.Contains("The model files bf16 are not whole", check.StandardError, StringComparison.Ordinal);
        Assert.Contains("(nothing there)", (await program.Start("explain", "--workspace", "steps")).StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public void Over_a_volume_the_tree_is_Colabs()
    {
        using var workspace = Create();
        var tree = Explain(workspace);
        // What a job brings itself is not there yet, and this checkout holds less than upstream's.
        var absent = tree.Where(line => line.Here is null).Select(line => line.Colab!).ToList();
        Assert.DoesNotContain(absent, path => path.StartsWith($"{ColabLayout.Weights}/{ColabLayout.BaseModel}", StringComparison.Ordinal) || path.StartsWith($"{ColabLayout.Weights}/{ColabLayout.Wav2Vec}", StringComparison.Ordinal));
        var shard = Assert.Single(tree, line => line.Here?.StartsWith($"{ColabLayout.Weights}/{ColabLayout.BaseModel}/{FakeVolume.Shard(3)} -> ", StringComparison.Ordinal) == true);
        Assert.True(shard.Same);
        Assert.EndsWith(_volume.PathOf(ColabLayout.BaseModel, FakeVolume.Shard(3)), shard.Here, StringComparison.Ordinal);
    }

    [Fact]
    public void Variables_beside_Colabs_and_flags_that_are_missing_show()
    {
        using var workspace = Create();
        var command = new ScriptCommand("python3", [ColabLayout.Script, "--ckpt_dir", "weights/x"], new SortedDictionary<string, string> { ["PYTHONPATH"] = "/elsewhere", ["HOME"] = "/root" });
        var explanation = Explanation.Of(workspace.Directory, command);
        Assert.Contains(explanation.Environment, line => line is { Here: "PYTHONPATH=/elsewhere", Same: false });
        Assert.Contains(explanation.Environment, line => line is { Here: "HOME=/root", Same: true });
        Assert.Contains(explanation.Command, line => line is { Here: "--ckpt_dir weights/x", Same: false, Colab: not null });
        Assert.Contains(explanation.Command, line => line is { Here: null, Same: false } && line.Colab!.StartsWith("--mode", StringComparison.Ordinal));
    }

    public void Dispose() => _directory.Dispose();

    private static IEnumerable<ExplainedLine> Explain(Workspace workspace) =>
        Explanation.Of(workspace.Directory, new("python3", [ColabLayout.Script], new SortedDictionary<string, string>())).Tree;

    private Workspace Create() => Workspace.Create(_directory["workspaces"], "job-1", _directory["checkout"], ModelVolume.Inspect(_volume.Root));
}

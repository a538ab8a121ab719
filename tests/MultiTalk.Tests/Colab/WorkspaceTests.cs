using System.Diagnostics;
using System.Runtime.Versioning;
using MultiTalk.GpuRunner.Colab;

namespace MultiTalk.Tests.Colab;

[UnsupportedOSPlatform("windows")]
public sealed class WorkspaceTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string Root => _directory["workspaces"];

    private string Checkout => _directory["checkout"];

    public WorkspaceTests()
    {
        Directory.CreateDirectory(Path.Combine(Checkout, "wan"));
        File.WriteAllText(Path.Combine(Checkout, ColabLayout.Script), "pass");
    }

    [Fact]
    public void A_workspace_looks_like_colab_and_goes_without_a_trace()
    {
        using (var workspace = Workspace.Create(Root, "job-1", Checkout))
        {
            Assert.Equal(Path.Combine(Root, "job-1", "MultiTalk"), workspace.Directory);
            Assert.Equal(Path.Combine(Checkout, ColabLayout.Script), new FileInfo(workspace.PathOf(ColabLayout.Script)).LinkTarget);
            Assert.Equal(Path.Combine(Checkout, "wan"), new DirectoryInfo(workspace.PathOf("wan")).LinkTarget);
            Assert.False(Path.Exists(workspace.PathOf("src")));
            Assert.All(ColabLayout.WeightFolders, folder => Assert.Empty(Directory.EnumerateFileSystemEntries(workspace.PathOf($"weights/{folder}"))));
            File.WriteAllText(workspace.PathOf("output.mp4"), "");
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(Root));
        Assert.True(File.Exists(Path.Combine(Checkout, ColabLayout.Script)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Over_a_volume_the_base_model_and_MultiTalk_stand_together_as_on_colab(bool shortNames)
    {
        var volume = Volume(shortNames);
        var lora = volume.AddLora("loras/fusion.safetensors");
        // A volume on which somebody did the swap by hand, for a place where it is not mounted now.
        File.CreateSymbolicLink(volume.PathOf(ColabLayout.BaseModel, ColabLayout.MultiTalkWeights), "/elsewhere/multitalk.safetensors");

        using var workspace = Workspace.Create(Root, "job-1", Checkout, ModelVolume.Inspect(volume.Root));

        var baseModel = workspace.PathOf($"weights/{ColabLayout.BaseModel}");
        Assert.Null(new DirectoryInfo(baseModel).LinkTarget);
        Assert.Equal(
            new DirectoryInfo(volume.FolderOf(ColabLayout.BaseModel)).EnumerateFileSystemInfos().Select(entry => entry.Name).Order(StringComparer.Ordinal),
            new DirectoryInfo(baseModel).EnumerateFileSystemInfos().Select(entry => entry.Name).Order(StringComparer.Ordinal));
        Assert.All(new DirectoryInfo(baseModel).EnumerateFileSystemInfos(), entry =>
        {
            var folder = entry.Name is ColabLayout.Index or ColabLayout.MultiTalkWeights ? ColabLayout.MultiTalkModel : ColabLayout.BaseModel;
            Assert.Equal(volume.PathOf(folder, entry.Name), entry.LinkTarget);
            Assert.True(Path.Exists(entry.FullName));
        });
        foreach (var folder in new[] { ColabLayout.Wav2Vec, ColabLayout.MultiTalkModel, ColabLayout.Kokoro })
            Assert.Equal(volume.FolderOf(folder), new DirectoryInfo(workspace.PathOf($"weights/{folder}")).LinkTarget);
        Assert.Equal(lora, new FileInfo(workspace.PathOf("weights/fusion.safetensors")).LinkTarget);
        Assert.Equal(5, Directory.GetFileSystemEntries(workspace.PathOf("weights")).Length);
    }

    [Fact]
    public void Over_a_hundred_gigabytes_a_workspace_takes_milliseconds()
    {
        var volume = Volume();
        Assert.True(volume.Size > 90_000_000_000);
        var models = ModelVolume.Inspect(volume.Root);
        var times = new List<double>();
        for (var attempt = 0; attempt < 10; attempt++)
        {
            var clock = Stopwatch.StartNew();
            using var workspace = Workspace.Create(Root, "job-1", Checkout, models);
            times.Add(clock.Elapsed.TotalMilliseconds);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{volume.Size / 1e9:0} GB: {string.Join(", ", times.Select(time => $"{time:0.0}"))} ms");
        Assert.True(times.Min() < 20, $"It took {times.Min()} ms.");
    }

    [Fact]
    public void A_read_only_volume_will_do_and_stays_as_it_was()
    {
        var volume = Volume();
        volume.AddLora("fusion.safetensors");
        using var readOnly = new ReadOnlyTree(volume.Root);
        var before = volume.Snapshot();

        using (var workspace = Workspace.Create(Root, "job-1", Checkout, ModelVolume.Inspect(volume.Root)))
            Assert.Equal(before, volume.Snapshot());

        Assert.Empty(Directory.EnumerateFileSystemEntries(Root));
        Assert.Equal(before, volume.Snapshot());
    }

    [Fact]
    public void Weights_that_were_moved_to_the_base_model_are_linked_from_there()
    {
        var volume = Volume();
        var moved = volume.PathOf(ColabLayout.BaseModel, ColabLayout.MultiTalkWeights);
        File.Move(volume.PathOf(ColabLayout.MultiTalkModel, ColabLayout.MultiTalkWeights), moved);
        using var workspace = Workspace.Create(Root, "job-1", Checkout, ModelVolume.Inspect(volume.Root));
        Assert.Equal(moved, new FileInfo(workspace.PathOf($"weights/{ColabLayout.BaseModel}/{ColabLayout.MultiTalkWeights}")).LinkTarget);
    }

    [Fact]
    public void What_the_volume_lacks_is_not_made_up()
    {
        var volume = Volume();
        Directory.Delete(volume.FolderOf(ColabLayout.Kokoro), recursive: true);
        File.Delete(volume.PathOf(ColabLayout.MultiTalkModel, ColabLayout.Index));
        using var workspace = Workspace.Create(Root, "job-1", Checkout, ModelVolume.Inspect(volume.Root));
        Assert.False(Path.Exists(workspace.PathOf($"weights/{ColabLayout.Kokoro}")));
        // Not even the base model's: with that one the script ends in a riddle, or in noise.
        Assert.Null(new FileInfo(workspace.PathOf($"weights/{ColabLayout.BaseModel}/{ColabLayout.Index}")).LinkTarget);
    }

    [Fact]
    public void A_volume_that_went_away_leaves_no_half_workspace()
    {
        var volume = Volume();
        var models = ModelVolume.Inspect(volume.Root);
        Directory.Delete(volume.Root, recursive: true);
        Assert.ThrowsAny<IOException>(() => Workspace.Create(Root, "job-1", Checkout, models));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Root));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("../elsewhere")]
    [InlineData("a/b")]
    [InlineData(".hidden")]
    [InlineData("a b")]
    public void A_name_cannot_lead_out_of_the_root(string name)
    {
        Assert.Throws<ArgumentException>(() => Workspace.Create(Root, name, Checkout));
        Assert.Equal(["checkout"], _directory.Names);
    }

    [Fact]
    public void Without_a_script_nothing_is_made()
    {
        var exception = Assert.Throws<FileNotFoundException>(() => Workspace.Create(Root, "job-1", _directory["nowhere"]));
        Assert.Contains("Runner:Checkout", exception.Message, StringComparison.Ordinal);
        Assert.Equal(["checkout"], _directory.Names);
    }

    [Fact]
    public void A_workspace_that_cannot_be_finished_is_removed()
    {
        Directory.CreateDirectory(Root);
        // Where the directory should be there is a file.
        File.WriteAllText(Path.Combine(Root, "job-1"), "");

        Assert.ThrowsAny<IOException>(() => Workspace.Create(Root, "job-1", Checkout));
        Assert.Equal(["job-1"], Directory.EnumerateFileSystemEntries(Root).Select(Path.GetFileName));
    }

    [Fact]
    public void One_attempt_has_one_workspace()
    {
        using var first = Workspace.Create(Root, "job-1", Checkout);
        Assert.Throws<IOException>(() => Workspace.Create(Root, "job-1", Checkout));
        Assert.True(File.Exists(first.PathOf(ColabLayout.Script)));
        using var second = Workspace.Create(Root, "job-2", Checkout);
    }

    [Fact]
    public void An_empty_directory_of_a_runner_that_was_killed_at_once_is_swept_and_nobody_s_own()
    {
        var attempt = $"{new string('a', 32)}-1";
        Directory.CreateDirectory(Path.Combine(Root, attempt));
        Directory.CreateDirectory(Path.Combine(Root, "mine"));
        Directory.CreateDirectory(Path.Combine(Root, $"{new string('b', 32)}-1", "notes"));

        Assert.Equal(1, Workspace.Sweep(Root));

        Assert.Equal([$"{new string('b', 32)}-1", "mine"], Directory.GetDirectories(Root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_sweep_takes_what_a_dead_runner_left_and_spares_what_is_in_use()
    {
        using var living = Workspace.Create(Root, "job-1", Checkout);
        Directory.CreateDirectory(Path.Combine(Root, "job-2", "MultiTalk"));
        File.WriteAllText(Path.Combine(Root, "job-2", ".multitalk-lock"), "");
        Directory.CreateDirectory(Path.Combine(Root, "somebody's own"));

        Assert.Equal(1, Workspace.Sweep(Root));

        Assert.True(File.Exists(living.PathOf(ColabLayout.Script)));
        Assert.Equal(["job-1", "somebody's own"], Directory.EnumerateFileSystemEntries(Root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(0, Workspace.Sweep(_directory["nowhere"]));
    }

    [Fact]
    public void A_kept_workspace_stays_and_can_be_opened_again()
    {
        using (var workspace = Workspace.Create(Root, "job-1", Checkout))
            workspace.Keep();

        Assert.Equal(["job-1"], Directory.EnumerateFileSystemEntries(Root).Select(Path.GetFileName));
        using (var again = Workspace.Open(Path.Combine(Root, "job-1") + "/"))
        {
            Assert.True(File.Exists(again.PathOf(ColabLayout.Script)));
            Assert.Throws<IOException>(() => Workspace.Open(again.Home));
        }

        Assert.Equal(["job-1"], Directory.EnumerateFileSystemEntries(Root).Select(Path.GetFileName));
    }

    [Fact]
    public void A_sweep_spares_what_was_kept_and_takes_only_its_lock()
    {
        using (var workspace = Workspace.Create(Root, "job-1", Checkout))
            workspace.Keep();
        File.WriteAllText(Path.Combine(Root, "job-1", ".multitalk-lock"), "");

        Assert.Equal(1, Workspace.Sweep(Root));

        Assert.Equal(["MultiTalk", "kept"], Directory.EnumerateFileSystemEntries(Path.Combine(Root, "job-1")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.True(File.Exists(Path.Combine(Root, "job-1", "MultiTalk", ColabLayout.Script)));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_sweep_ends_what_still_works_in_a_workspace()
    {
        var directory = Directory.CreateDirectory(Path.Combine(Root, "job-1", "MultiTalk")).FullName;
        File.WriteAllText(Path.Combine(Root, "job-1", ".multitalk-lock"), "");
        using var orphan = Process.Start(new ProcessStartInfo("setsid", ["sh", "-c", "echo started; exec sleep 1000"]) { WorkingDirectory = directory, RedirectStandardOutput = true })!;
        Assert.Equal("started", await orphan.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));

        Assert.Equal(1, Workspace.Sweep(Root));

        await orphan.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(137, orphan.ExitCode);
    }

    [Fact]
    public void A_place_of_ones_own_stays_but_what_lies_there_goes()
    {
        Directory.CreateDirectory(Path.Combine(Root, "mine", "MultiTalk", "old"));
        using (var workspace = Workspace.Create(Path.Combine(Root, "mine"), Checkout, models: null))
            Assert.False(Path.Exists(workspace.PathOf("old")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(Root, "mine")));
    }

    [Fact]
    public void What_is_no_workspace_cannot_be_opened()
    {
        Directory.CreateDirectory(Root);
        Assert.Contains("prepare", Assert.Throws<DirectoryNotFoundException>(() => Workspace.Open(Root)).Message, StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => Workspace.Open(_directory["nowhere"]));
        Assert.Equal(["checkout", "workspaces"], _directory.Names.Order(StringComparer.Ordinal));
    }

    public void Dispose() => _directory.Dispose();

    private FakeVolume Volume(bool shortNames = false)
    {
        var volume = new FakeVolume(_directory["models"], shortNames);
        volume.AddKokoro();
        return volume;
    }

    /// <summary>Takes away the right to write until it is disposed of. To root that says nothing.</summary>
    private sealed class ReadOnlyTree : IDisposable
    {
        private const UnixFileMode Write = UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

        private readonly Dictionary<string, UnixFileMode> _modes;

        public ReadOnlyTree(string root)
        {
            _modes = Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories).Append(root).ToDictionary(path => path, File.GetUnixFileMode);
            foreach (var (path, mode) in _modes)
                File.SetUnixFileMode(path, mode & ~Write);
        }

        public void Dispose()
        {
            foreach (var (path, mode) in _modes)
                File.SetUnixFileMode(path, mode);
        }
    }
}

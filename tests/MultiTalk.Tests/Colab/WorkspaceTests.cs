using System.Text.Json;
using MultiTalk.GpuRunner.Colab;

namespace MultiTalk.Tests.Colab;

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
    public void A_sweep_takes_what_a_dead_runner_left_and_spares_what_is_in_use()
    {
        using var living = Workspace.Create(Root, "job-1", Checkout);
        Directory.CreateDirectory(Path.Combine(Root, "job-2", "MultiTalk"));
        File.WriteAllText(Path.Combine(Root, "job-2.lock"), "");
        Directory.CreateDirectory(Path.Combine(Root, "somebody's own"));

        Assert.Equal(1, Workspace.Sweep(Root));

        Assert.True(File.Exists(living.PathOf(ColabLayout.Script)));
        Assert.Equal(["job-1", "job-1.lock", "somebody's own"], Directory.EnumerateFileSystemEntries(Root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(0, Workspace.Sweep(_directory["nowhere"]));
    }

    public void Dispose() => _directory.Dispose();
}

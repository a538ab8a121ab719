using Microsoft.Extensions.Time.Testing;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Execution;

namespace MultiTalk.Tests.Execution;

public sealed class KeptFailureTests : IDisposable
{
    private static readonly JobError _error = new("script_failed", "It failed.", "Nobody knows.", "Try again.", []);

    private readonly TempDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    private string Root => _directory["workspaces"];

    public KeptFailureTests()
    {
        Directory.CreateDirectory(_directory["checkout"]);
        File.WriteAllText(Path.Combine(_directory["checkout"], ColabLayout.Script), "");
    }

    [Fact]
    public void A_failure_is_kept_for_its_time_and_no_longer()
    {
        Fail("job-1");
        Assert.Equal(0, Sweep(days: 3));
        _time.Advance(TimeSpan.FromDays(2.9));
        Fail("job-2");
        Assert.Equal(0, Sweep(days: 3));
        _time.Advance(TimeSpan.FromDays(0.2));
        // The file of the second was written by the real clock, which stood still meanwhile.
        File.SetLastWriteTimeUtc(Path.Combine(Root, "job-2", "failure.json"), _time.GetUtcNow().UtcDateTime.AddDays(-0.2));

        Assert.Equal(1, Sweep(days: 3));
        Assert.Equal(["job-2"], Directory.EnumerateFileSystemEntries(Root).Select(Path.GetFileName));
    }

    [Fact]
    public void A_failure_that_somebody_repeats_is_left_alone()
    {
        Fail("job-1");
        _time.Advance(TimeSpan.FromDays(9));
        using (Workspace.Open(Path.Combine(Root, "job-1")))
            Assert.Equal(0, Sweep(days: 3));
        Assert.Equal(1, Sweep(days: 3));
    }

    [Fact]
    public void What_is_no_failure_is_nobodys_to_sweep()
    {
        using (var prepared = Workspace.Create(Root, "mine", _directory["checkout"]))
            prepared.Keep();
        Directory.CreateDirectory(Path.Combine(Root, "somebody's own"));
        _time.Advance(TimeSpan.FromDays(999));

        Assert.Equal(0, Sweep(days: 3));
        Assert.Equal(0, KeptFailure.Sweep(_directory["nowhere"], TimeSpan.Zero, _time));
        Assert.Equal(["mine", "somebody's own"], Directory.EnumerateFileSystemEntries(Root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    public void Dispose() => _directory.Dispose();

    private void Fail(string name)
    {
        using var workspace = Workspace.Create(Root, name, _directory["checkout"]);
        KeptFailure.Keep(workspace, _error);
    }

    private int Sweep(int days) => KeptFailure.Sweep(Root, TimeSpan.FromDays(days), _time);
}

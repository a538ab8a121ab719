using Microsoft.Extensions.Options;
using MultiTalk.GpuRunner.Media;
using MultiTalk.Web.Media;

namespace MultiTalk.Tests.Media;

public sealed class FullStoreTests : IDisposable
{
    private const int FileBytes = 1 << 20;

    private readonly TempDirectory _directory = new();
    private readonly TempDirectory _elsewhere = new();

    [Fact(Timeout = 60_000)]
    public async Task A_full_disk_is_said_and_holds_nothing_of_what_did_not_fit()
    {
        using var disk = SmallDisk.Over(_directory.Path, "2m");
        var store = await StartedAsync();
        var bytes = new byte[FileBytes];
        await store.SaveAsync("jobs/x/first", new MemoryStream(bytes), new(FileBytes, "output"), TestContext.Current.CancellationToken);
        var local = _elsewhere.Write("local", new byte[2 * FileBytes]);

        await Assert.ThrowsAsync<DiskFullException>(() =>
            store.SaveAsync("jobs/x/second", new MemoryStream(new byte[2 * FileBytes]), new(long.MaxValue, "output"), TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<DiskFullException>(() => store.TakeAsync("jobs/y/third", local, TestContext.Current.CancellationToken));
        disk.Fill();
        await Assert.ThrowsAsync<DiskFullException>(() => store.CopyAsync("jobs/x/first", "jobs/z/fourth", TestContext.Current.CancellationToken));
        disk.MakeRoom();

        Assert.Equal(["first"], Directory.GetFiles(_directory.Path, "*", SearchOption.AllDirectories).Select(Path.GetFileName));
        Assert.True(await store.CopyAsync("jobs/x/first", "jobs/z/fourth", TestContext.Current.CancellationToken) || !File.Exists(local));
    }

    [Fact]
    public async Task A_file_of_the_same_disk_is_moved_and_its_directory_goes_with_the_last()
    {
        var store = await StartedAsync();
        var local = _directory.Write("local", "content");

        await store.TakeAsync("jobs/x/only", local, TestContext.Current.CancellationToken);
        Assert.False(File.Exists(local));
        await store.DeleteAsync("jobs/x/only", TestContext.Current.CancellationToken);

        Assert.Equal(["incoming", "jobs"], _directory.Names);
        Assert.Empty(Directory.GetFileSystemEntries(_directory["jobs"]));
    }

    [Fact(Timeout = 60_000)]
    public async Task Files_come_and_go_in_one_directory_at_once()
    {
        var store = await StartedAsync();

        await Parallel.ForAsync(0, 2_000, TestContext.Current.CancellationToken, async (number, ending) =>
        {
            var name = $"jobs/x/file-{number % 3}";
            await store.SaveAsync(name, new MemoryStream([1]), new(1, "output"), ending);
            await store.DeleteAsync(name, ending);
        });

        Assert.Empty(Directory.GetFileSystemEntries(_directory["jobs"]));
    }

    public void Dispose()
    {
        _directory.Dispose();
        _elsewhere.Dispose();
    }

    private async Task<IMediaStore> StartedAsync()
    {
        var store = new DiskMediaStore(Options.Create(new MediaOptions { Directory = _directory.Path }), TimeProvider.System);
        await store.PrepareAsync(TestContext.Current.CancellationToken);
        return new GuardedMediaStore(store);
    }
}

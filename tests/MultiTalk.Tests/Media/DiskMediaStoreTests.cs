using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using MultiTalk.Web.Media;

namespace MultiTalk.Tests.Media;

public sealed class DiskMediaStoreTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    [Fact]
    public async Task What_a_killed_Web_left_half_done_goes_at_a_later_start_and_a_running_upload_stays()
    {
        await StartedAsync();
        using var upload = (await StartedAsync()).NewIncoming();
        _directory.Write("incoming/output", "half");

        await StartedAsync();
        Assert.Equal(2, Directory.GetFileSystemEntries(_directory["incoming"]).Length);

        _time.Advance(TimeSpan.FromHours(7));
        await StartedAsync();
        Assert.Empty(Directory.GetFileSystemEntries(_directory["incoming"]));
        Directory.CreateDirectory(upload.Path);
    }

    [Fact]
    public async Task An_output_with_another_hash_or_too_many_bytes_leaves_nothing()
    {
        var store = await StartedAsync();
        Directory.CreateDirectory(_directory["jobs/x"]);

        Assert.False(await store.SaveOutputAsync("x", 1, new MemoryStream([1, 2, 3]), new string('0', 64), TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<UploadTooLargeException>(() =>
            store.SaveOutputAsync("x", 1, new MemoryStream(new byte[11]), new string('0', 64), TestContext.Current.CancellationToken));

        Assert.Empty(Directory.GetFileSystemEntries(_directory["jobs/x"]));
        Assert.Empty(Directory.GetFileSystemEntries(_directory["incoming"]));
    }

    public void Dispose() => _directory.Dispose();

    private async Task<DiskMediaStore> StartedAsync()
    {
        var store = new DiskMediaStore(Options.Create(new MediaOptions { Directory = _directory.Path, MaxOutputBytes = 10 }), _time);
        await store.StartAsync(TestContext.Current.CancellationToken);
        return store;
    }
}

using MultiTalk.GpuRunner.Media;

namespace MultiTalk.Tests.Media;

public sealed class DiskFullTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Fact]
    public async Task A_full_disk_is_not_blamed_on_the_picture() =>
        await Assert.ThrowsAsync<DiskFullException>(() =>
            PictureNormalizer.NormalizeAsync(Samples.Path("portrait.png"), "image", FullDisk(), TestContext.Current.CancellationToken));

    [Fact]
    public async Task A_disk_that_is_full_before_the_conversion_is_not_blamed_on_the_picture()
    {
        File.CreateSymbolicLink(_directory["out.png.plain"], "/dev/full");
        await Assert.ThrowsAsync<DiskFullException>(() =>
            PictureNormalizer.NormalizeAsync(Samples.Path("portrait.png"), "image", _directory["out.png"], TestContext.Current.CancellationToken));
        Assert.Empty(_directory.Names);
    }

    [Fact]
    public async Task A_full_disk_is_not_blamed_on_the_voice() =>
        await Assert.ThrowsAsync<DiskFullException>(() =>
            VoiceNormalizer.NormalizeAsync(Samples.Path("voice.wav"), "voice1", FullDisk(), TestContext.Current.CancellationToken));

    [Fact]
    public void The_system_s_error_is_recognised()
    {
        var error = Assert.Throws<IOException>(() => File.WriteAllText("/dev/full", "x"));

        Assert.True(DiskFullException.Means(error));
    }

    public void Dispose() => _directory.Dispose();

    // Every write to this device fails as on a full disk (full(4)).
    private string FullDisk()
    {
        var link = _directory["full"];
        File.CreateSymbolicLink(link, "/dev/full");
        return link;
    }
}

using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using MultiTalk.Web.Media;

namespace MultiTalk.Tests.Media;

public sealed class ScratchTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    [Fact]
    public async Task What_a_killed_Web_left_half_done_goes_at_a_later_start_and_a_running_upload_stays()
    {
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
    public async Task An_upload_that_is_slow_stays_as_long_as_something_arrives()
    {
        using var slow = (await StartedAsync()).NewIncoming();
        await File.WriteAllTextAsync(slow.File("voice1"), "RIFF", TestContext.Current.CancellationToken);
        Directory.SetLastWriteTimeUtc(slow.Path, DateTime.UtcNow.AddHours(-7));

        await StartedAsync();

        Assert.True(File.Exists(slow.File("voice1")));
    }

    [Fact]
    public async Task An_upload_that_was_cleaned_up_ends_without_an_error_of_its_own()
    {
        var upload = (await StartedAsync()).NewIncoming();
        Directory.Delete(upload.Path);

        upload.Dispose();
    }

    public void Dispose() => _directory.Dispose();

    private async Task<Scratch> StartedAsync()
    {
        var scratch = new Scratch(Options.Create(new MediaOptions { Scratch = _directory["incoming"] }), _time);
        await scratch.StartAsync(TestContext.Current.CancellationToken);
        return scratch;
    }
}

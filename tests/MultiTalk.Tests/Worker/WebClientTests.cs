using System.Security.Cryptography;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.GpuRunner.Media;
using MultiTalk.GpuRunner.Worker;

namespace MultiTalk.Tests.Worker;

public sealed class WebClientTests : IDisposable
{
    private static readonly byte[] _content = [.. Enumerable.Range(0, 200_000).Select(value => (byte)value)];

    private readonly TempDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_input_is_stored_as_it_was_sent()
    {
        await DownloadAsync(new MemoryStream(_content), _directory["in"]);
        Assert.Equal(_content, await File.ReadAllBytesAsync(_directory["in"], Cancellation));
    }

    [Fact]
    public async Task A_full_disk_is_not_blamed_on_the_network()
    {
        File.CreateSymbolicLink(_directory["full"], "/dev/full");
        await Assert.ThrowsAsync<DiskFullException>(() => DownloadAsync(new MemoryStream(_content), _directory["full"]));
    }

    [Fact]
    public async Task A_missing_directory_is_not_blamed_on_the_network() =>
        await Assert.ThrowsAsync<DirectoryNotFoundException>(() => DownloadAsync(new MemoryStream(_content), _directory["nowhere/in"]));

    [Fact]
    public async Task A_broken_connection_is_not_blamed_on_the_disk() =>
        await Assert.ThrowsAsync<HttpRequestException>(() => DownloadAsync(new Broken(), _directory["in"]));

    [Fact]
    public async Task An_input_of_another_content_is_refused() =>
        await Assert.ThrowsAsync<InvalidDataException>(() => DownloadAsync(new MemoryStream(new byte[_content.Length]), _directory["in"]));

    public void Dispose() => _directory.Dispose();

    private async Task DownloadAsync(Stream body, string target)
    {
        using var http = new HttpClient(new Answer(body)) { BaseAddress = new("http://localhost") };
        var plan = Planner.Plan(new(Samples.Prompt, new(640, 640), [new(new VoiceFacts(16_000))], new()), Engine.Preview);
        var input = new InputFile("image.png", _content.Length, Convert.ToHexStringLower(SHA256.HashData(_content)));
        using var identity = RunnerIdentity.Take(_directory["workspaces"]);
        await new WebClient(http, identity).DownloadAsync(new("0123", 1, Samples.Prompt, plan, [input]), input, target, Cancellation);
    }

    private sealed class Answer(Stream body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage { Content = new StreamContent(body) });
    }

    /// <summary>Fails as the stream of a reset connection does.</summary>
    private sealed class Broken : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromException<int>(new IOException("Connection reset by peer"));
    }
}

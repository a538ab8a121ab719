using System.Net.Http.Headers;
using MultiTalk.Tests.Embedded;
using MultiTalk.Tests.Media;
using MultiTalk.Web.Api;

namespace MultiTalk.Tests.Api;

public sealed class MediaMemoryTests
{
    // A few buffers and what the collector has not looked at yet; a fraction of what is sent.
    private const long MostGrowth = 64 << 20;

    [Fact(Timeout = 300_000)]
    public async Task A_voice_of_nearly_200_MB_does_not_raise_the_memory()
    {
        using var directory = new TempDirectory();
        await Ffmpeg.VoiceAsync("sine=frequency=300:sample_rate=48000:duration=540", directory["long.wav"], "-ac 2 -c:a pcm_f32le");
        var length = new FileInfo(directory["long.wav"]).Length;
        Assert.InRange(length, 195L << 20, 200L << 20);
        using var web = await WebProcess.StartAsync(directory["data"], ("Embedded__Runner", "false"));
        await SendAsync(web.Client, Samples.Path("voice.wav"), TestContext.Current.CancellationToken);
        var before = web.PeakMemory;

        var media = await SendAsync(web.Client, directory["long.wav"], TestContext.Current.CancellationToken);

        Assert.Equal(540, media.Seconds!.Value, 0.01);
        Assert.InRange(web.PeakMemory - before, 0, MostGrowth);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(directory["data"], "media", "incoming")));
        await web.InterruptAsync();
    }

    private static async Task<MediaDocument> SendAsync(HttpClient client, string path, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        using var content = new StreamContent(file) { Headers = { ContentType = new MediaTypeHeaderValue("audio/wav") } };
        using var response = await client.PostAsync(MediaApi.Root, content, cancellationToken);
        return await response.MediaAsync();
    }
}

using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.Benchmarks;

/// <summary>
/// 200 MB that arrive at a Web over HTTP and are stored: a video from a runner, which is stored as it is, and a voice from a person, which is
/// inspected and normalised before it is. Yardstick: the same bytes written by this program into a file of the same directory, and flushed to the disk.
/// </summary>
internal static class Upload
{
    private const double LeastShare = 0.7;
    private const double MostMegabytes = 32;

    private const int Rate = 48_000;
    private const int Seconds = 540;
    private const int Channels = 2;
    private const int HeaderBytes = 44;

    /// <summary>Measures it.</summary>
    public static async Task<IReadOnlyList<Row>> RunAsync(LocalRedis redis, Scratch scratch, Extent extent, CancellationToken cancellationToken)
    {
        await redis.ClearAsync();
        await using var web = await WebProcess.StartAsync(redis, scratch, cancellationToken);
        await using var queue = await QueueUnderTest.StartAsync(redis, listens: false);
        await queue.SubmitAsync();
        var job = await queue.ClaimAsync() ?? throw new InvalidOperationException("The job that was queued cannot be claimed. The store is broken; run the tests.");
        using (var client = web.Client())
        using (var runner = web.RunnerClient())
        {
            var bytes = Voice();
            var sha256 = SHA256.HashData(bytes);
            // Both once, small: what they need is loaded then.
            await SendVideoAsync(runner, job.Holder, bytes.AsMemory(0, 1 << 20), SHA256.HashData(bytes.AsSpan(0, 1 << 20)), cancellationToken);
            await SendVoiceAsync(client, await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "samples", "voice.wav"), cancellationToken), cancellationToken);
            var before = web.PeakMemory;

            var (disk, hash, video, voice) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
            for (var round = 0; round <= extent.Uploads; round++)
            {
                disk.Add(await TimeAsync(() => WriteAsync(Path.Combine(web.Data, "yardstick"), bytes, cancellationToken)));
                video.Add(await TimeAsync(() => SendVideoAsync(runner, job.Holder, bytes, sha256, cancellationToken)));
                hash.Add(await TimeAsync(() => Task.Run(() => SHA256.HashData(bytes), cancellationToken)));
                voice.Add(await TimeAsync(() => SendVoiceAsync(client, bytes, cancellationToken)));
            }

            var grown = (web.PeakMemory - before) / 1048576.0;
            var megabytes = bytes.Length / 1e6;
            // The first warms up.
            foreach (var times in new[] { disk, hash, video, voice })
                times.RemoveAt(0);
            var share = disk.Over(video);
            return
            [
                new("upload of 200 MB", Row.Text($"{megabytes / video.Median():0} MB/s"))
                {
                    Yardstick = Row.Text($"{megabytes / disk.Median():0} MB/s write and fsync"), Ratio = share, Aim = "≥ 0.7 ×", Used = LeastShare / share, Begins = true,
                },
                new("upload of 200 MB: SHA-256 alone", Row.Text($"{megabytes / hash.Median():0} MB/s")),
                new("upload of 200 MB: a voice, and normalised", Row.Text($"{megabytes / voice.Median():0} MB/s")) { Ratio = disk.Over(voice) },
                new("upload of 200 MB: more memory of the Web", Row.Text($"{grown:0.0} MB")) { Aim = "≤ 32 MB", Used = grown / MostMegabytes },
            ];
        }
    }

    private static async Task<double> TimeAsync(Func<Task> act)
    {
        var start = Stopwatch.GetTimestamp();
        await act();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task WriteAsync(string path, byte[] bytes, CancellationToken cancellationToken)
    {
        const int Block = 128 << 10;
        await using (var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true))
        {
            for (var at = 0; at < bytes.Length; at += Block)
                await file.WriteAsync(bytes.AsMemory(at, Math.Min(Block, bytes.Length - at)), cancellationToken);
            file.Flush(flushToDisk: true);
        }

        File.Delete(path);
    }

    private static async Task SendVideoAsync(HttpClient runner, MultiTalk.Web.Jobs.Holder holder, ReadOnlyMemory<byte> bytes, byte[] sha256, CancellationToken cancellationToken)
    {
        using var content = new ReadOnlyMemoryContent(bytes);
        content.Headers.Add("Repr-Digest", $"sha-256=:{Convert.ToBase64String(sha256)}:");
        using var answer = await runner.PutAsync($"{RunnerProtocol.Attempt(holder.Runner, holder.Job, holder.Attempt)}/output", content, cancellationToken);
        await EnsureAsync(answer, cancellationToken);
    }

    private static async Task SendVoiceAsync(HttpClient client, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        using var content = new ReadOnlyMemoryContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("audio/wav") } };
        using var answer = await client.PostAsync("/api/v1/media", content, cancellationToken);
        await EnsureAsync(answer, cancellationToken);
        using var removed = await client.DeleteAsync(answer.Headers.Location, cancellationToken);
        await EnsureAsync(removed, cancellationToken);
    }

    private static async Task EnsureAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"The Web answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
    }

    // Nine minutes of a tone in two channels of 32-bit floating-point numbers: 207 MB, close to the most that a voice may have.
    // http://soundfile.sapp.org/doc/WaveFormat
    private static byte[] Voice()
    {
        const int Frame = Channels * sizeof(float);
        const int Length = Rate * Seconds * Frame;
        var bytes = new byte[HeaderBytes + Length];
        var header = bytes.AsSpan(0, HeaderBytes);
        Encoding.ASCII.GetBytes("RIFF....WAVEfmt ....................data....", header);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], bytes.Length - 8);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], 16);
        BinaryPrimitives.WriteInt16LittleEndian(header[20..], 3);
        BinaryPrimitives.WriteInt16LittleEndian(header[22..], Channels);
        BinaryPrimitives.WriteInt32LittleEndian(header[24..], Rate);
        BinaryPrimitives.WriteInt32LittleEndian(header[28..], Rate * Frame);
        BinaryPrimitives.WriteInt16LittleEndian(header[32..], Frame);
        BinaryPrimitives.WriteInt16LittleEndian(header[34..], 8 * sizeof(float));
        BinaryPrimitives.WriteInt32LittleEndian(header[40..], Length);
        for (var frame = 0; frame < Rate * Seconds; frame++)
        {
            var sample = 0.5f * MathF.Sin(frame * 300 * MathF.Tau / Rate);
            for (var channel = 0; channel < Channels; channel++)
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(HeaderBytes + (frame * Frame) + (channel * sizeof(float))), sample);
        }

        return bytes;
    }
}

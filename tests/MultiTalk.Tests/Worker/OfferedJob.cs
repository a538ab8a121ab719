using System.Security.Cryptography;
using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.Tests.Media;

namespace MultiTalk.Tests.Worker;

/// <summary>A small job: one second of a voice, two steps.</summary>
/// <param name="Inputs">Its files by their names.</param>
internal sealed record OfferedJob(Dictionary<string, byte[]> Inputs)
{
    /// <summary>Its first attempt.</summary>
    public Claim Claim { get; } = new(
        "0123", 1, Samples.Prompt,
        Planner.Plan(new(Samples.Prompt, new(640, 640), [new(new VoiceFacts(16_000))], new() { Steps = 2, Seed = 1 }), Engine.Preview),
        [.. Inputs.Select(input => new InputFile(input.Key, input.Value.Length, Convert.ToHexStringLower(SHA256.HashData(input.Value))))]);

    /// <summary>Makes its files.</summary>
    public static async Task<OfferedJob> MakeAsync(TempDirectory directory)
    {
        await Ffmpeg.VoiceAsync("sine=r=16000:d=1", directory["voice1.wav"], "-c:a pcm_s16le -bitexact");
        return new(new Dictionary<string, byte[]>
        {
            ["image.png"] = await File.ReadAllBytesAsync(Samples.Path("portrait.png"), TestContext.Current.CancellationToken),
            ["voice1.wav"] = await File.ReadAllBytesAsync(directory["voice1.wav"], TestContext.Current.CancellationToken),
        });
    }
}

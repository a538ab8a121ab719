using System.Buffers.Binary;
using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>The sound that upstream makes of a text, before it loads the model (docs/contract.md, "Spoken text").</summary>
internal static class SpokenVoice
{
    private const int RiffHeader = 12;
    private const int ChunkHeader = 8;

    private static readonly string _folder = Path.Combine("save_audio", Path.GetFileNameWithoutExtension(ColabLayout.Picture));

    /// <summary>The plan with the length that the speech really has; null if it is too short for a segment.</summary>
    public static GenerationPlan? Measure(Workspace workspace, GenerationPlan plan) =>
        plan.LengthIsGuess && LengthIn(workspace, plan) is { } sound ? Spoken.Exactly(plan, sound.Samples, sound.Rate) : plan;

    /// <summary>Its length in samples of one channel, and its rate in hertz; null if it is not there or no WAV.</summary>
    private static (long Samples, int Rate)? LengthIn(Workspace workspace, GenerationPlan plan)
    {
        try
        {
            using var stream = File.OpenRead(workspace.PathOf(Path.Combine(_folder, Spoken.File(plan))));
            return Read(stream);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Then the length stays a guess.
            return null;
        }
    }

    private static (long Samples, int Rate)? Read(FileStream stream)
    {
        var header = new byte[RiffHeader];
        stream.ReadExactly(header);
        if (!header.AsSpan().StartsWith("RIFF"u8) || !header.AsSpan(8).SequenceEqual("WAVE"u8))
            return null;
        var (rate, block) = (0, 0);
        var chunk = new byte[ChunkHeader];
        while (stream.ReadAtLeast(chunk, ChunkHeader, throwOnEndOfStream: false) == ChunkHeader)
        {
            var bytes = BinaryPrimitives.ReadUInt32LittleEndian(chunk.AsSpan(4));
            if (chunk.AsSpan().StartsWith("data"u8))
                return block > 0 && rate > 0 ? (Math.Min(bytes, stream.Length - stream.Position) / block, rate) : null;
            // Chunks have an even length.
            var next = stream.Position + bytes + (bytes % 2);
            if (chunk.AsSpan().StartsWith("fmt "u8))
            {
                var format = new byte[16];
                stream.ReadExactly(format);
                (rate, block) = (BinaryPrimitives.ReadInt32LittleEndian(format.AsSpan(4)), BinaryPrimitives.ReadUInt16LittleEndian(format.AsSpan(12)));
            }

            stream.Position = next;
        }

        return null;
    }
}

using System.Text;

namespace MultiTalk.StandIn;

/// <summary>What the stand-in plays.</summary>
/// <param name="Steps">In order; after the last one it ends with exit code 0.</param>
/// <param name="Video">What <see cref="Step.Save"/> puts in place.</param>
public sealed record Scenario(IReadOnlyList<Step> Steps, byte[]? Video = null)
{
    /// <summary>What the script says when it begins to save.</summary>
    public const string Saving = "INFO: Saving generated video";

    /// <summary>What a run says that succeeds.</summary>
    public const string Finished = "[2026-11-22 15:55:59,102] INFO: Finished.\n";

    /// <summary>A run that says that it is finished, and ends with 0.</summary>
    /// <param name="video">What it leaves; null for nothing.</param>
    public static Scenario Success(byte[]? video) => new([.. video is null ? Array.Empty<Step>() : [Step.Save()], Step.Out(Finished)], video);

    /// <summary>A failure that was not recorded.</summary>
    public static Scenario Of(FailureScenario failure) => new([Step.Out(failure.Output), Step.Error(failure.Error), End(failure.ExitCode)]);

    /// <summary>A recording, with its order kept.</summary>
    /// <param name="transcript">The recording.</param>
    /// <param name="framing">In which portions it is written.</param>
    /// <param name="scale">Of its time: 1 takes as long as the real run did.</param>
    /// <param name="video">What it leaves; null for nothing.</param>
    public static Scenario Of(Transcript transcript, Framing framing, double scale, byte[]? video = null) =>
        new([.. framing == Framing.OneBlock ? Blocks(transcript, video) : Reads(transcript, framing, scale, video), End(transcript.ExitCode)], video);

    private static IEnumerable<Step> Reads(Transcript transcript, Framing framing, double scale, byte[]? video)
    {
        var before = 0d;
        foreach (var (seconds, error, bytes) in transcript.Reads)
        {
            yield return Step.Wait(TimeSpan.FromSeconds((seconds - before) * scale));
            yield return Step.Write(error, bytes, apart: framing == Framing.ByteByByte);
            before = seconds;
            if (video is not null && Encoding.UTF8.GetString(bytes).Contains(Saving, StringComparison.Ordinal))
                yield return Step.Save();
        }

        yield return Step.Wait(TimeSpan.FromSeconds((transcript.Seconds - before) * scale));
    }

    private static IEnumerable<Step> Blocks(Transcript transcript, byte[]? video)
    {
        if (video is not null)
            yield return Step.Save();
        foreach (var error in new[] { true, false })
            yield return Step.Write(error, [.. transcript.Reads.Where(read => read.Error == error).SelectMany(read => read.Bytes)]);
    }

    private static Step End(int code) => code < 0 ? Step.Die(-code) : Step.End(code);
}

using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>
/// Which part of the whole each phase gets, in percent. What the script does shares one part, by the time that is expected of
/// each of its stretches; it is the largest because a real run spends nearly all of its time there (docs/contract.md, "Timings").
/// </summary>
public static class ProgressShare
{
    /// <summary>Where a phase starts and ends.</summary>
    public static (double From, double To) Of(Phase phase) => phase switch
    {
        Phase.Preparing => (0, 1),
        Phase.Loading or Phase.Sampling or Phase.Decoding or Phase.Saving => (1, 97),
        Phase.Verifying => (97, 98),
        Phase.Uploading => (98, 100),
        _ => throw new ArgumentOutOfRangeException(nameof(phase), phase, "No such phase."),
    };

    /// <summary>The percentage at some point of a phase.</summary>
    /// <param name="phase">The phase.</param>
    /// <param name="fraction">How much of it is done, 0 to 1.</param>
    public static double At(Phase phase, double fraction)
    {
        var (from, to) = Of(phase);
        return from + ((to - from) * Math.Clamp(fraction, 0, 1));
    }
}

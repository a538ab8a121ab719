using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.GpuRunner.Diagnosis;

/// <summary>A probe, and what its failure means for the work of the runner.</summary>
/// <param name="Probe">What people read.</param>
/// <param name="Stops">Whose every job fails if it is not as it should be.</param>
/// <param name="Follows">Whether it failed only because another one did, which is then the one to tell.</param>
internal sealed record Finding(Probe Probe, Stops Stops = Stops.Nothing, bool Follows = false)
{
    /// <summary>Makes one; a good one has no remedy.</summary>
    public static Finding Of(string code, string name, string expected, string here, bool ok, string remedy, Stops stops = Stops.Nothing) =>
        new(new(code, name, expected, here, ok, ok ? "" : remedy), stops);

    /// <summary>One that needed Python to look.</summary>
    public static Finding Unseen(string code, string name, string expected, LiveFacts live) =>
        new(new(code, name, expected, live.Unseen, false, live.Remedy), Follows: true);
}

/// <summary>Which engines a failure stops.</summary>
[Flags]
internal enum Stops
{
    /// <summary>None: some jobs still work.</summary>
    Nothing = 0,

    /// <summary>The real script.</summary>
    MultiTalk = 1,

    /// <summary>The preview.</summary>
    Preview = 2,

    /// <summary>Every engine.</summary>
    Everything = MultiTalk | Preview,
}

namespace MultiTalk.Benchmarks;

/// <summary>How much is measured. What differs is how often, and that the small one fails only beyond twice an aim.</summary>
internal sealed record Extent
{
    /// <summary>In minutes: what <c>docs/benchmarks.md</c> shows.</summary>
    public static Extent Full { get; } = new();

    /// <summary>Within a minute: what runs on every change.</summary>
    public static Extent Small { get; } = new()
    {
        HandOffRounds = 10,
        ClaimRounds = 3,
        ClaimJobs = 1_000,
        Events = 5,
        Idle = TimeSpan.FromSeconds(28),
        Generations = 2,
        Uploads = 2,
        Allowed = 2,
    };

    /// <summary>How often over its aim a value may be before the run fails; a short one on a busy machine is not exact.</summary>
    public double Allowed { get; private init; } = 1;

    /// <summary>Rounds of 50 hand-offs and 50 plain messages.</summary>
    public int HandOffRounds { get; private init; } = 40;

    /// <summary>Rounds of each way to claim.</summary>
    public int ClaimRounds { get; private init; } = 21;

    /// <summary>Jobs a round.</summary>
    public int ClaimJobs { get; private init; } = 2_000;

    /// <summary>Events that every watcher should see.</summary>
    public int Events { get; private init; } = 30;

    /// <summary>How long nothing is to happen; with one claim of 25 s in it.</summary>
    public TimeSpan Idle { get; private init; } = TimeSpan.FromSeconds(60);

    /// <summary>Videos through the whole system, each after a run of the bare script.</summary>
    public int Generations { get; private init; } = 7;

    /// <summary>Uploads of 200 MB of each kind, each after as much was written to the disk.</summary>
    public int Uploads { get; private init; } = 7;
}

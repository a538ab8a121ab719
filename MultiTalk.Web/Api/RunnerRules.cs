using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Web.Api;

/// <summary>
/// What a runner says of itself decides what others are told and offered, so it is looked at first. JSON has no infinity, but
/// it has nulls in lists and numbers that add up to one.
/// </summary>
internal static class RunnerRules
{
    private const int MaxEntries = 500;
    private const int MaxText = 4_000;

    // An error is kept with its attempt and its event, and sent to whoever watches.
    private const int MaxErrorLines = 100;

    private const double MaxGb = 1_000_000;

    // Ten days.
    private const double MaxSeconds = 864_000;

    public static bool AreSound(RegisterRequest runner)
    {
        var (parity, probes, abilities) = (runner.Report.Parity, runner.Report.Probes, runner.Report.Abilities);
        return JobIdConstraint.Matches(runner.RunnerId) && Short(runner.Name, runner.Engine, runner.Version)
            && parity.Count <= MaxEntries && parity.All(check => check is not null && Short(check.Difference, check.Colab, check.Here, check.Remedy))
            && probes.Count <= MaxEntries && probes.All(probe => probe is not null && Short(probe.Code, probe.Name, probe.Expected, probe.Here, probe.Remedy))
            && abilities.Blockers.Count <= MaxEntries && Short([.. abilities.Blockers])
            && abilities.Models.Count <= MaxEntries && Short([.. abilities.Models])
            && abilities.HostMemoryGb is >= 0 and < MaxGb
            && abilities.Gpu is null or { MemoryGb: >= 0 and < MaxGb, Count: >= 0 and <= MaxEntries, ComputeCapability: >= 0 and < MaxEntries, Name.Length: <= MaxText, Driver.Length: <= MaxText };
    }

    /// <summary>Those measurements that can be; one that cannot only makes an estimate worse.</summary>
    public static IReadOnlyList<Measurement> Sound(IReadOnlyList<Measurement> measurements) =>
        [.. measurements.Take(MaxEntries).Where(run => run is { Runs: > 0 } && run.Seconds.IsSound() && Short(run.Engine, run.Quant ?? ""))];

    /// <summary>A heartbeat as it can be.</summary>
    public static Heartbeat Sound(Heartbeat heartbeat) =>
        new(Sound(heartbeat.Progress), [.. heartbeat.Lines.Where(line => line is not null)]);

    /// <summary>An error whose texts are of a length that a page can show.</summary>
    public static JobError Sound(JobError error) => error with
    {
        Code = Cut(error.Code),
        Title = Cut(error.Title),
        Cause = Cut(error.Cause),
        Remedy = Cut(error.Remedy),
        Lines = [.. error.Lines.Where(line => line is not null).TakeLast(MaxErrorLines).Select(line => line.Length <= Heartbeat.MaxLine ? line : line[..Heartbeat.MaxLine])],
    };

    /// <summary>Progress as it can be; what cannot be is left out, or set to the nearest that can.</summary>
    private static GenerationProgress Sound(GenerationProgress progress)
    {
        var segments = Math.Clamp(progress.Segments, 0, MaxEntries);
        return progress with
        {
            Percent = Math.Clamp(progress.Percent, 0, 100),
            Segments = segments,
            Segment = Math.Clamp(progress.Segment, 0, segments),
            Step = Math.Clamp(progress.Step, 0, MaxEntries),
            EtaSeconds = Seconds(progress.EtaSeconds),
            QuietSeconds = Seconds(progress.QuietSeconds),
            UsualSeconds = Seconds(progress.UsualSeconds),
        };

        static double? Seconds(double? seconds) => seconds is >= 0 and < MaxSeconds ? seconds : null;
    }

    private static string Cut(string text) => text.Length <= MaxText ? text : text[..MaxText];

    private static bool Short(params string[] texts) => texts.All(text => text is { Length: <= MaxText });
}

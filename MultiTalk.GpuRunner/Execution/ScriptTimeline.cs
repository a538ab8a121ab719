using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>
/// The parts of a run laid out one after the other, as long as they are expected to take: places on it, in seconds, and what
/// each place is in percent. Segments are of one length, and so are the steps of a segment (docs/contract.md, "Life of a run").
/// </summary>
internal sealed class ScriptTimeline
{
    private readonly GenerationPlan _plan;
    private readonly RunSeconds _seconds;
    private readonly double _segment;
    private readonly double _fromPlace;
    private readonly double _fromPercent;

    /// <summary>Lays out what comes after a place.</summary>
    /// <param name="plan">How many segments and steps.</param>
    /// <param name="seconds">How long the parts take.</param>
    /// <param name="percent">What was reached at that place.</param>
    /// <param name="place">The place; the start of the script unless given.</param>
    public ScriptTimeline(GenerationPlan plan, RunSeconds seconds, double percent, double place = 0)
    {
        (_plan, _seconds, _fromPercent, _fromPlace) = (plan, seconds, percent, place);
        _segment = seconds.PerUnit * Workload.Units(plan) / plan.Segments;
    }

    /// <summary>How many segments are laid out.</summary>
    public int Segments => _plan.Segments;

    /// <summary>Where the model is loaded.</summary>
    public double Loaded => _seconds.Loading;

    /// <summary>Where saving begins.</summary>
    public double Sampled => Step(Segments + 1, 0);

    /// <summary>Where the script ends.</summary>
    public double End => Sampled + _seconds.Saving;

    /// <summary>Where a step of a segment ends.</summary>
    /// <param name="segment">From 1.</param>
    /// <param name="step">From 1; 0 is the start of the segment.</param>
    public double Step(int segment, int step) =>
        Loaded + _seconds.FirstStep + ((segment - 1) * (_segment + _seconds.Decoding)) + (_segment * step / _plan.Steps);

    /// <summary>What a place is in percent.</summary>
    public double Percent(double place)
    {
        var (_, to) = ProgressShare.Of(Phase.Saving);
        var left = End - _fromPlace;
        return left <= 0 ? to : _fromPercent + ((to - _fromPercent) * Math.Clamp((place - _fromPlace) / left, 0, 1));
    }
}

using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>
/// How long steps and the decoding between segments take: at first as expected, then as seen. With TeaCache the first steps of
/// a segment are the slow ones, so those and the later ones are told apart. The first step of all compiles kernels and says nothing.
/// </summary>
internal sealed class SamplingPace
{
    // So many steps is an expectation worth; a late step is either skipped or not, so it takes more to know them.
    private const double Measured = 1;
    private const double Published = 0.2;
    private const double Late = 5;

    private readonly TimeProvider _time;
    private readonly int _steps;
    private readonly int _fullSteps;
    private readonly double _expectedDecoding;
    private readonly double _expectedLate;

    // Of all segments, and of this one.
    private Seen _full;
    private Seen _fullHere;
    private Seen _late;
    private Seen _lateToFull;
    private Seen _decoded;

    private double _trust;
    private double _expectedFull;
    private double? _first;
    private long _last;
    private int _step;

    /// <summary>Starts with an expectation.</summary>
    /// <param name="plan">What is sampled.</param>
    /// <param name="expected">How long it should take.</param>
    /// <param name="measured">Whether that was measured on this runner.</param>
    /// <param name="time">The clock.</param>
    public SamplingPace(GenerationPlan plan, RunSeconds expected, bool measured, TimeProvider time)
    {
        _trust = measured ? Measured : Published;
        (_time, _steps, _fullSteps, _expectedDecoding) = (time, plan.Steps, Workload.FullSteps(plan), expected.Decoding);
        _expectedLate = expected.LateSteps ?? Workload.ComputedShare;
        _expectedFull = expected.PerUnit * Workload.Units(plan) / plan.Segments / (_fullSteps + ((_steps - _fullSteps) * _expectedLate));
    }

    /// <summary>Seconds of a segment, without its decoding.</summary>
    public double Segment => After(0);

    /// <summary>Seconds of decoding after a segment.</summary>
    public double Decoding => _decoded.With(_expectedDecoding, _trust);

    /// <summary>Whether decoding was seen in this run.</summary>
    public bool HasDecoded => _decoded.Count > 0;

    /// <summary>Seconds of decoding that were seen, on average.</summary>
    public double Decoded => _decoded.Mean;

    /// <summary>Seconds of all steps; the first counts as much as one that compiles nothing.</summary>
    public double Sampled => _full.Seconds + _late.Seconds + Math.Min(First, Usual);

    /// <summary>Seconds that the first step took beyond that.</summary>
    public double Compiled => First - Math.Min(First, Usual);

    /// <summary>A later step, with one of the first as 1; null if none was seen.</summary>
    public double? LateSteps => _late.Count > 0 && _full.Seconds > 0 ? _late.Mean / _full.Mean : null;

    private double Full => _fullHere.With(_expectedFull, _trust);

    private double Skippable => Full * _lateToFull.With(_expectedLate, _trust * Late);

    private double First => _first ?? 0;

    private double Usual => _full.Count > 0 ? _full.Mean : First;

    /// <summary>A segment starts; what was seen of the one before is expected of this one.</summary>
    public void Start()
    {
        (_expectedFull, _fullHere) = (Full, default);
        if (_full.Count > 0)
            _trust = Measured;
        (_step, _last) = (0, _time.GetTimestamp());
    }

    /// <summary>A step is done, and those before it.</summary>
    public void Step(int step)
    {
        var each = Elapsed() / (step - _step);
        for (var done = _step + 1; done <= step; done++)
        {
            if (_first is null)
                _first = each;
            else if (done <= _fullSteps)
                (_full, _fullHere) = (_full.And(each), _fullHere.And(each));
            else
                (_late, _lateToFull) = (_late.And(each), Full > 0 ? _lateToFull.And(each / Full) : _lateToFull);
        }

        (_step, _last) = (step, _time.GetTimestamp());
    }

    /// <summary>The segment is decoded.</summary>
    public void Decode() => _decoded = _decoded.And(Elapsed());

    /// <summary>Seconds of a step.</summary>
    public double Of(int step) => step <= _fullSteps ? Full : Skippable;

    /// <summary>Whether a step like this was seen in this run.</summary>
    public bool HasSeen(int step) => (step <= _fullSteps ? _full : _late).Count > 0;

    /// <summary>Seconds of a segment's steps after one.</summary>
    public double After(int step) => (Math.Max(0, _fullSteps - step) * Full) + ((_steps - Math.Max(step, _fullSteps)) * Skippable);

    private double Elapsed() => _time.GetElapsedTime(_last).TotalSeconds;

    private readonly record struct Seen(double Seconds, int Count)
    {
        public double Mean => Seconds / Count;

        public Seen And(double seconds) => new(Seconds + seconds, Count + 1);

        public double With(double expected, double trust) => ((expected * trust) + Seconds) / (trust + Count);
    }
}

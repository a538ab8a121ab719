using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>
/// Where a run of the script is: phase, percentage and time left, also while the script is silent. A silent stretch moves on
/// with the time that it usually takes, slows towards its end and never goes past it.
/// </summary>
internal sealed class RunCourse
{
    private static readonly TimeSpan _quiet = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time;
    private readonly RunSeconds _expected;
    private readonly bool _measured;
    private readonly SamplingPace _pace;
    private ScriptTimeline _timeline;

    private bool _running;
    private Stretch _stretch;
    private long _began;
    private long _alive;
    private double _usual;
    private (double From, double To) _places;

    // Set when the stretch has ended; a run that lacks one was seen in part only.
    private double? _loaded;
    private double? _encoded;
    private double? _saved;
    private bool _announced;
    private bool _unplanned;

    /// <summary>Starts before the script does.</summary>
    /// <param name="plan">What it will do.</param>
    /// <param name="measurements">What this runner's earlier runs took.</param>
    /// <param name="percent">What an earlier run of the attempt has reached.</param>
    /// <param name="time">The clock.</param>
    public RunCourse(GenerationPlan plan, IReadOnlyList<Measurement> measurements, double percent, TimeProvider time)
    {
        var measured = Estimator.MeasuredFor(plan, measurements)?.Seconds;
        (Plan, _time, _measured, _expected) = (plan, time, measured is not null, measured ?? Estimator.Expected(plan));
        _pace = new(plan, _expected, _measured, time);
        _timeline = new(plan, _expected, Math.Max(percent, ProgressShare.At(Phase.Loading, 0)));
        _alive = time.GetTimestamp();
        Now = new(Phase.Preparing, percent, 0, plan.Segments);
    }

    /// <summary>What the script does, as far as is known by now.</summary>
    public GenerationPlan Plan { get; private set; }

    /// <summary>How far it was when that was last told.</summary>
    public GenerationProgress Now { get; private set; }

    /// <summary>Where the script is, and for how long it has given no sign that it goes on.</summary>
    public (Stretch Stretch, TimeSpan For) Silence => (_stretch, _time.GetElapsedTime(_alive));

    /// <summary>What the parts of the run took; null if not all of them were seen.</summary>
    public RunSeconds? Durations =>
        !_unplanned && Now.Segment == Plan.Segments && Now.Step == Plan.Steps
        && _loaded is { } loaded && _encoded is { } encoded && _saved is { } saved && _pace.HasDecoded && _pace.Sampled > 0
            ? new(loaded, encoded + _pace.Compiled, _pace.Sampled / Workload.Units(Plan), _pace.Decoded, saved, _pace.LateSteps)
            : null;

    /// <summary>Whether the next segment is still in the plan, or the plan is a guess and upstream goes on so far.</summary>
    private bool MayStart => Now.Segment < (Plan.LengthIsGuess ? Most : Plan.Segments);

    private int Most => Segmentation.StreamingSegments(Segmentation.MaxFrames, Plan.FrameNum, Plan.MotionFrame);

    private double Elapsed => _time.GetElapsedTime(_began).TotalSeconds;

    // Of a stretch, 0 to 1: most of it passes as usual, from there on it comes ever nearer to its end.
    private double Done
    {
        get
        {
            const double asUsual = 0.8;
            var elapsed = Elapsed / Math.Max(_usual, 0.001);
            return elapsed <= asUsual ? elapsed : 1 - ((1 - asUsual) * Math.Exp((asUsual - elapsed) / (1 - asUsual)));
        }
    }

    /// <summary>A phase begins that the script does not announce: it is started, or has ended.</summary>
    public void Enter(Phase phase)
    {
        if (_running && _announced)
            _saved = Elapsed;
        _running = phase == Phase.Loading;
        Now = new(phase, Math.Max(Now.Percent, ProgressShare.At(phase, 0)), Now.Segment, Plan.Segments, Step: Now.Step);
        if (_running)
            Begin(Stretch.Loading, phase, 0, _timeline.Loaded, _expected.Loading);
    }

    /// <summary>The script wrote something, whatever it was. Only where it says much does that tell that it goes on.</summary>
    public void Hear()
    {
        if (_stretch is Stretch.Loading or Stretch.Saving)
            _alive = _time.GetTimestamp();
    }

    /// <summary>Some of the loading is done.</summary>
    /// <param name="fraction">0 to 1.</param>
    public void Load(double fraction)
    {
        if (_running && _stretch == Stretch.Loading)
            Reach(fraction * _timeline.Loaded);
    }

    /// <summary>The model is loaded.</summary>
    public void Generate()
    {
        if (!_running || _stretch != Stretch.Loading)
            return;
        _loaded = Elapsed;
        Begin(Stretch.FirstStep, Phase.Loading, _timeline.Loaded, _timeline.Step(1, 1), _expected.FirstStep + _pace.Of(1));
    }

    /// <summary>A sampling bar shows a step; 0 is its start.</summary>
    /// <returns>Whether that is news.</returns>
    public bool Step(int step)
    {
        // A segment starts at 0/N and ends at the first N/N. A finished bar is written twice, an interrupted one repeated.
        var open = Now.Phase == Phase.Sampling;
        _unplanned |= !open && step == 0 && !MayStart;
        if (!_running || _stretch == Stretch.Saving || (open ? step <= Now.Step : step > 0 || !MayStart))
            return false;
        if (!open)
            StartSegment();
        else
            EndStep(step);
        return true;
    }

    /// <summary>The video is saved.</summary>
    /// <param name="fraction">How much of that is done, 0 to 1.</param>
    /// <param name="announced">Whether it begins now; otherwise it may have begun before.</param>
    public void Save(double fraction, bool announced = false)
    {
        if (!_running)
            return;
        _announced |= announced && _stretch == Stretch.BetweenSegments;
        if (_stretch == Stretch.BetweenSegments)
            _pace.Decode();
        if (_stretch != Stretch.Saving)
            Begin(Stretch.Saving, Phase.Saving, _timeline.Sampled, _timeline.End, _expected.Saving);
        Reach(_timeline.Sampled + (fraction * (_timeline.End - _timeline.Sampled)));
    }

    /// <summary>Goes on with a plan that is more exact; what was reached stays.</summary>
    public void Replan(GenerationPlan plan)
    {
        Update();
        (Plan, _timeline) = (plan, new(plan, _expected, Now.Percent, Place()));
        if (_stretch == Stretch.Loading)
            _places.To = _timeline.Loaded;
        Now = Now with { Segments = plan.Segments };
        Update();
    }

    /// <summary>Counts the time that has passed.</summary>
    public void Update()
    {
        if (!_running)
            return;
        var silent = Silence.For;
        Now = Now with
        {
            Percent = Percent(Place()),
            EtaSeconds = Math.Round((_usual * (1 - Done)) + Rest()),
            QuietSeconds = silent >= _quiet ? Math.Floor(silent.TotalSeconds) : null,
            UsualSeconds = silent >= _quiet && UsualIsKnown() ? Math.Round(_usual) : null,
        };
    }

    private void StartSegment()
    {
        var segment = Now.Segment + 1;
        if (segment > Plan.Segments)
            Grow(segment);
        if (_stretch == Stretch.BetweenSegments)
            _pace.Decode();
        _pace.Start();
        Now = Now with { Segment = segment };
        if (segment > 1)
        {
            BeginStep(0);
            return;
        }

        if (_stretch == Stretch.FirstStep)
            _encoded = Elapsed;
        else
            Begin(Stretch.FirstStep, Phase.Sampling, _timeline.Loaded, _timeline.Step(1, 1), _expected.FirstStep + _pace.Of(1));
        (_alive, Now) = (_time.GetTimestamp(), Now with { Phase = Phase.Sampling, Step = 0 });
        Update();
    }

    // More than was guessed: how many more is not known, so what is left of the percentage is for as many as can come.
    private void Grow(int segments)
    {
        Plan = Plan with { Segments = segments };
        Now = Now with { Segments = segments };
        if (segments > _timeline.Segments)
            _timeline = new(Plan with { Segments = Most }, _expected, Now.Percent, Place());
    }

    private void EndStep(int step)
    {
        _pace.Step(step);
        if (step < Plan.Steps)
        {
            BeginStep(step);
            return;
        }

        Now = Now with { Step = step };
        var end = _timeline.Step(Now.Segment, step);
        Begin(Stretch.BetweenSegments, Phase.Decoding, end, end + _expected.Decoding, _pace.Decoding);
    }

    private void BeginStep(int done)
    {
        Now = Now with { Step = done };
        Begin(Stretch.Step, Phase.Sampling, _timeline.Step(Now.Segment, done), _timeline.Step(Now.Segment, done + 1), _pace.Of(done + 1));
    }

    private void Begin(Stretch stretch, Phase phase, double from, double to, double usual)
    {
        (_stretch, _usual, _places) = (stretch, usual, (from, to));
        _began = _alive = _time.GetTimestamp();
        Now = Now with { Phase = phase };
        Update();
    }

    private void Reach(double place)
    {
        Now = Now with { Percent = Percent(place) };
        Update();
    }

    private double Place() => _places.From + ((_places.To - _places.From) * Done);

    private double Percent(double place) => Math.Max(Now.Percent, Math.Round(_timeline.Percent(place), 1));

    // Seconds from the end of this stretch to the end of the script.
    private double Rest() => _stretch switch
    {
        Stretch.Loading => _expected.FirstStep + After(1, 0),
        Stretch.FirstStep => After(1, 1),
        Stretch.Step => After(Now.Segment, Now.Step + 1),
        Stretch.BetweenSegments => After(Now.Segment, Plan.Steps) - _pace.Decoding,
        _ => 0,
    };

    private double After(int segment, int step) =>
        _pace.After(step) + ((Plan.Segments - segment) * _pace.Segment) + ((Plan.Segments - segment + 1) * _pace.Decoding) + _expected.Saving;

    private bool UsualIsKnown() => _measured || _stretch switch
    {
        Stretch.Step => _pace.HasSeen(Now.Step + 1),
        Stretch.BetweenSegments => _pace.HasDecoded,
        _ => false,
    };
}

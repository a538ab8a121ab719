using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>
/// Follows a run of the script from its two output streams (docs/contract.md, "Life of a run"). Takes raw bytes in any
/// portions, from two threads; tells the progress whenever it changes, and every log line.
/// </summary>
public sealed class ProgressReader
{
    private readonly Lock _gate = new();
    private readonly IProgress<GenerationProgress> _progress;
    private readonly IProgress<string> _lines;
    private readonly TimeProvider _time;
    private readonly IReadOnlyList<Measurement> _measurements;
    private readonly RunCourse _course;
    private readonly OutputReader _output;
    private readonly OutputReader _errors;

    private GenerationProgress _told;

    /// <summary>Starts before the script does.</summary>
    /// <param name="plan">What it will do.</param>
    /// <param name="progress">Gets every change, in order.</param>
    /// <param name="lines">Gets every log line, without bars and terminal codes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="measurements">What this runner's earlier runs took; without any that fits, the plan's estimate counts.</param>
    public ProgressReader(
        GenerationPlan plan, IProgress<GenerationProgress> progress, IProgress<string> lines, TimeProvider time, IReadOnlyList<Measurement>? measurements = null)
        : this(plan, progress, lines, time, measurements ?? [], percent: 0)
    {
    }

    private ProgressReader(
        GenerationPlan plan, IProgress<GenerationProgress> progress, IProgress<string> lines, TimeProvider time, IReadOnlyList<Measurement> measurements, double percent)
    {
        (_progress, _lines, _time, _measurements) = (progress, lines, time, measurements);
        _course = new(plan, measurements, percent, time);
        _told = _course.Now;
        _output = new(line => OnLine(line, error: false), OnBar);
        _errors = new(line => OnLine(line, error: true), OnBar);
    }

    /// <summary>
    /// Called once, when the sound files of a spoken text are written: <see cref="Spoken"/> then knows its length, and
    /// <see cref="Replan"/> takes it. Comes from the thread that reads the output.
    /// </summary>
    public Action? OnVoicesReady { get; set; }

    /// <summary>What the script said, for whoever must explain a failure.</summary>
    public ScriptLog Log { get; } = new();

    /// <summary>What the script does: the plan it started with, or a more exact one of a spoken text.</summary>
    public GenerationPlan Plan
    {
        get
        {
            lock (_gate)
                return _course.Plan;
        }
    }

    /// <summary>What the parts of the run took, once it was verified that it succeeded; null if not all of them were seen.</summary>
    public RunSeconds? Durations
    {
        get
        {
            lock (_gate)
                return _course.Durations;
        }
    }

    /// <summary>
    /// Where the script is, and for how long it has given no sign that it goes on. While it loads and saves any output is one; in
    /// between only a step, a segment or a phase: bars that the plan does not know could go on for ever.
    /// </summary>
    public (Stretch Stretch, TimeSpan For) Silence
    {
        get
        {
            lock (_gate)
                return _course.Silence;
        }
    }

    /// <summary>Takes what the script wrote.</summary>
    /// <param name="error">Whether it came from stderr.</param>
    /// <param name="bytes">One read of any size; empty when the stream has ended.</param>
    public void Read(bool error, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            var reader = error ? _errors : _output;
            if (bytes.IsEmpty)
            {
                reader.End();
                return;
            }

            _course.Hear();
            reader.Read(bytes);
        }
    }

    /// <summary>A phase begins that the script does not announce.</summary>
    public void Enter(Phase phase)
    {
        lock (_gate)
        {
            _course.Enter(phase);
            Tell(always: phase == Phase.Preparing);
        }
    }

    /// <summary>Tells what has changed by the time that has passed alone; to be called about once a second.</summary>
    public void Tick()
    {
        lock (_gate)
        {
            _course.Update();
            Tell();
        }
    }

    /// <summary>Goes on with a plan that is more exact than the one it started with.</summary>
    public void Replan(GenerationPlan plan)
    {
        lock (_gate)
        {
            _course.Replan(plan);
            Tell();
        }
    }

    /// <summary>
    /// A reader for another run of the script in the same attempt: it loads again, and what is left of the percentage is its
    /// own, so that none goes backwards.
    /// </summary>
    /// <param name="plan">What that run will do.</param>
    /// <param name="why">Told as a line.</param>
    public ProgressReader Again(GenerationPlan plan, string why)
    {
        lock (_gate)
        {
            _lines.Report(why);
            return new(plan, _progress, _lines, _time, _measurements, _course.Now.Percent);
        }
    }

    private void OnLine(string line, bool error)
    {
        Log.Add(line, error);
        _lines.Report(line);
        if (line.EndsWith("] INFO: Generating video ...", StringComparison.Ordinal))
            _course.Generate();
        else if (line.Contains("] INFO: Saving generated video to ", StringComparison.Ordinal))
            _course.Save(0, announced: true);
        else if (line.EndsWith("] INFO: Finished.", StringComparison.Ordinal))
            _course.Save(1);
        else if (Milestone.Of(line) is { } fraction)
            _course.Load(fraction);
        else
            return;
        if (line.Contains(Milestone.Pipeline, StringComparison.Ordinal) && _course.Plan.LengthIsGuess)
            OnVoicesReady?.Invoke();
        Tell();
    }

    private void OnBar(string name, int step, int steps)
    {
        Log.AddBar();
        var done = Math.Clamp((double)step / Math.Max(1, steps), 0, 1);
        if (name == "Saving video")
            // Two runs of ffmpeg follow this bar.
            _course.Save(0.6 * done);
        else if (Milestone.Of(name, done) is { } fraction)
            _course.Load(fraction);
        else if (name.Length > 0 || steps != _course.Plan.Steps || step > steps || !_course.Step(step))
            return;
        Tell();
    }

    private void Tell(bool always = false)
    {
        if (_course.Now == _told && !always)
            return;
        _told = _course.Now;
        _progress.Report(_told);
    }
}

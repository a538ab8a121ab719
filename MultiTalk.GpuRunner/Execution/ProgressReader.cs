using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>
/// Follows a run of the script from its two output streams (docs/contract.md, "Life of a run"). Takes raw bytes in any
/// portions, from two threads; tells the progress whenever it changes, and every log line.
/// </summary>
public sealed class ProgressReader
{
    // What the script says while it loads, in this order; some lines are missing in some modes.
    private static readonly string[] _milestones =
        ["INFO: Generation job args", "INFO: Creating MultiTalk pipeline", "models_t5", "_VAE.pth", "models_clip", "INFO: Creating WanModel", "INFO: Generating video"];

    private readonly Lock _gate = new();
    private readonly GenerationPlan _plan;
    private readonly IProgress<GenerationProgress> _progress;
    private readonly SamplingPace _pace;
    private readonly OutputReader _output;
    private readonly OutputReader _errors;

    private GenerationProgress _now;
    private int _step;
    private bool _open;

    /// <summary>Starts before the script does.</summary>
    /// <param name="plan">What it will do.</param>
    /// <param name="progress">Gets every change, in order.</param>
    /// <param name="lines">Gets every log line, without bars and terminal codes.</param>
    /// <param name="time">The clock.</param>
    public ProgressReader(GenerationPlan plan, IProgress<GenerationProgress> progress, IProgress<string> lines, TimeProvider time)
    {
        (_plan, _progress) = (plan, progress);
        _pace = new(plan.Segments, plan.Steps, time);
        _now = new(Phase.Preparing, 0, 0, plan.Segments);
        _output = new(OnLine, OnBar);
        _errors = new(OnLine, OnBar);

        void OnLine(string line)
        {
            Log.Add(line);
            lines.Report(line);
            Follow(line);
        }
    }

    /// <summary>What the script said, for whoever must explain a failure.</summary>
    public ScriptLog Log { get; } = new();

    /// <summary>How long sampling took, once the script has ended.</summary>
    public TimeSpan Sampled
    {
        get
        {
            lock (_gate)
                return _pace.Sampled;
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
                reader.End();
            else
                reader.Read(bytes);
        }
    }

    /// <summary>A phase begins that the script does not announce.</summary>
    public void Enter(Phase phase)
    {
        lock (_gate)
            Advance(phase, 0);
    }

    private void Follow(string line)
    {
        if (line.Contains("INFO: Saving generated video", StringComparison.Ordinal))
            Advance(Phase.Saving, 0);
        else if (line.Contains("INFO: Finished.", StringComparison.Ordinal))
            Advance(Phase.Saving, 1);
        else if (_now.Phase <= Phase.Loading && IsMilestone(line, out var fraction))
            Advance(Phase.Loading, fraction);
    }

    // The names of the model files also stand in the line with the configuration.
    private static bool IsMilestone(string line, out double fraction)
    {
        var index = Array.FindIndex(_milestones, line.Contains);
        fraction = (index + 1d) / _milestones.Length;
        return index >= 0 && (_milestones[index].StartsWith("INFO", StringComparison.Ordinal) || line.Contains("INFO: loading ", StringComparison.Ordinal));
    }

    private void OnBar(string name, int step, int steps)
    {
        if (name == "Saving video" && steps > 0)
            // Two runs of ffmpeg follow this bar.
            Advance(Phase.Saving, 0.6 * step / steps);
        else if (name.Length == 0 && steps == _plan.Steps && step <= steps && _now.Phase is >= Phase.Loading and <= Phase.Decoding)
            OnStep(step);
    }

    private void OnStep(int step)
    {
        // A segment starts at 0/N and ends at the first N/N. A finished bar is written twice, an interrupted one repeated.
        if (!_open && step == 0 && _now.Segment < _plan.Segments)
            (_open, _now) = (true, _now with { Segment = _now.Segment + 1 });
        else if (!_open || step <= _step)
            return;

        _step = step;
        _pace.Step(step);
        _open = step < _plan.Steps;
        var fraction = (((_now.Segment - 1d) * _plan.Steps) + step) / ((double)_plan.Segments * _plan.Steps);
        Advance(_open ? Phase.Sampling : Phase.Decoding, fraction);
    }

    private void Advance(Phase phase, double fraction)
    {
        var before = _now;
        _now = _now with
        {
            Phase = phase,
            Percent = Math.Max(_now.Percent, ProgressShare.At(phase, fraction)),
            EtaSeconds = phase is Phase.Sampling or Phase.Decoding ? _pace.SecondsLeft(_now.Segment, _step) : null,
        };
        if (_now != before || phase == Phase.Preparing)
            _progress.Report(_now);
    }
}

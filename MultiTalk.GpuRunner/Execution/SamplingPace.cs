namespace MultiTalk.GpuRunner.Execution;

/// <summary>
/// Tells when sampling will end from the pace seen so far: mean step of this segment × steps left, and mean time between two
/// segments × segments left. The first step of all compiles kernels, so it alone says nothing.
/// </summary>
internal sealed class SamplingPace(int segments, int steps, TimeProvider time)
{
    private readonly long[] _stepped = new long[steps + 1];
    private TimeSpan _sampled;
    private long _lastEnd;
    private TimeSpan _between;
    private int _gaps;

    /// <summary>How long the finished segments took, without what lies between them.</summary>
    public TimeSpan Sampled => _sampled;

    /// <summary>A step of a segment is done; 0 is its start.</summary>
    public void Step(int step)
    {
        _stepped[step] = time.GetTimestamp();
        if (step == 0 && _lastEnd != 0)
        {
            _between += time.GetElapsedTime(_lastEnd, _stepped[0]);
            _gaps++;
        }
        else if (step == steps)
        {
            _lastEnd = _stepped[step];
            _sampled += time.GetElapsedTime(_stepped[0], _lastEnd);
        }
    }

    /// <summary>Seconds until the script ends, counted from now; null while that would be a guess.</summary>
    /// <param name="segment">The one in work, from 1.</param>
    /// <param name="step">Its last finished step.</param>
    public double? SecondsLeft(int segment, int step)
    {
        var first = segment == 1 ? 1 : 0;
        if (step <= first)
            return null;
        var perStep = time.GetElapsedTime(_stepped[first], _stepped[step]) / (step - first);
        var between = _gaps == 0 ? TimeSpan.Zero : _between / _gaps;
        var stepsLeft = ((segments - segment) * steps) + (steps - step);
        // Saving costs about as much as decoding a segment does, and follows one.
        var left = (perStep * stepsLeft) + (between * (segments - segment + 1)) - time.GetElapsedTime(_stepped[step]);
        return Math.Max(0, left.TotalSeconds);
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using MultiTalk.GpuRunner.Execution;

namespace MultiTalk.Benchmarks;

/// <summary>A part of an attempt.</summary>
internal sealed record Span(DateTime Start, DateTime End)
{
    /// <summary>How long it took, in seconds.</summary>
    public double Seconds => (End - Start).TotalSeconds;
}

/// <summary>Collects the traces of a runner in this process.</summary>
internal sealed class Spans : IDisposable
{
    private readonly ConcurrentDictionary<string, Span> _spans = [];
    private readonly ActivityListener _listener;

    /// <summary>Begins to listen.</summary>
    public Spans()
    {
        var runner = RunnerActivity.Source.Name;
        _listener = new()
        {
            ShouldListenTo = source => source.Name == runner,
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => _spans[activity.OperationName] = new(activity.StartTimeUtc, activity.StartTimeUtc + activity.Duration),
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>The last span of a name.</summary>
    public Span this[string name] => _spans[name];

    public void Dispose() => _listener.Dispose();
}

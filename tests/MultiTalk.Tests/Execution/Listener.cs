using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.Tests.Execution;

/// <summary>Keeps everything that is reported.</summary>
internal sealed class Listener : IProgress<GenerationProgress>, IProgress<string>
{
    private readonly Lock _gate = new();
    private readonly List<GenerationProgress> _progress = [];
    private readonly List<string> _lines = [];

    public IReadOnlyList<GenerationProgress> Progress
    {
        get
        {
            lock (_gate)
                return [.. _progress];
        }
    }

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate)
                return [.. _lines];
        }
    }

    /// <summary>Called with every line.</summary>
    public Action<string> OnLine { get; init; } = _ => { };

    public void Report(GenerationProgress value)
    {
        lock (_gate)
            _progress.Add(value);
    }

    public void Report(string value)
    {
        lock (_gate)
            _lines.Add(value);
        OnLine(value);
    }
}

using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>Takes what nobody reads: a failure carries the lines that count.</summary>
internal sealed class Unheard : IProgress<GenerationProgress>, IProgress<string>
{
    public void Report(GenerationProgress value)
    {
    }

    public void Report(string value)
    {
    }
}

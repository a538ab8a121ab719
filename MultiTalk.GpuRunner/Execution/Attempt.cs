using MultiTalk.GpuRunner.Contracts;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>One execution of a job.</summary>
/// <param name="Job">The job.</param>
/// <param name="Number">Which of its executions.</param>
/// <param name="Prompt">The text of the scene.</param>
/// <param name="Plan">What to run.</param>
/// <param name="Fetch">Puts the normalised inputs in place.</param>
public sealed record Attempt(string Job, int Number, string Prompt, GenerationPlan Plan, FetchInput Fetch)
{
    /// <summary>Names its workspace.</summary>
    public string Name => FormattableString.Invariant($"{Job}-{Number}");

    /// <summary>How the machine compares with Colab, for whoever looks at a failure; empty if nobody looked.</summary>
    public IReadOnlyList<ParityCheck> Parity { get; init; } = [];
}

/// <summary>Puts a normalised input at its place.</summary>
/// <param name="name">The picture or a voice, as <see cref="Colab.ColabLayout"/> names them.</param>
/// <param name="target">The file to write.</param>
/// <param name="cancellationToken">Stops it.</param>
public delegate Task FetchInput(string name, string target, CancellationToken cancellationToken);

using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Execution;

/// <summary>One execution of a job.</summary>
/// <param name="Name">Names its workspace: <c>&lt;job&gt;-&lt;attempt&gt;</c>.</param>
/// <param name="Prompt">The text of the scene.</param>
/// <param name="Plan">What to run.</param>
/// <param name="Fetch">Puts the normalised inputs in place.</param>
public sealed record Attempt(string Name, string Prompt, GenerationPlan Plan, FetchInput Fetch);

/// <summary>Puts a normalised input at its place.</summary>
/// <param name="name">The picture or a voice, as <see cref="Colab.ColabLayout"/> names them.</param>
/// <param name="target">The file to write.</param>
/// <param name="cancellationToken">Stops it.</param>
public delegate Task FetchInput(string name, string target, CancellationToken cancellationToken);

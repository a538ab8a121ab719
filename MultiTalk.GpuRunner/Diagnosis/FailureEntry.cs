using System.Text.RegularExpressions;
using MultiTalk.GpuRunner.Execution;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Diagnosis;

/// <summary>A failure that others have met before, and what to do about it.</summary>
/// <param name="Code">Stable, lower case with underscores; the doctor's code where it looks for the same thing.</param>
/// <param name="Pattern">What a line of output has that shows it.</param>
/// <param name="Title">What happened, in a sentence.</param>
/// <param name="Cause">Why, for somebody who knows nothing of the program.</param>
/// <param name="Remedy">What to do now, and on which side.</param>
/// <param name="Retryable">Whether the same job may succeed on a second attempt or on another runner.</param>
public sealed record FailureEntry(string Code, Regex Pattern, string Title, string Cause, string Remedy, bool Retryable)
{
    /// <summary>Any line shows it, also one that was written minutes before the end; otherwise only an exception's message.</summary>
    public bool Anywhere { get; init; }

    /// <summary>What such a line has, where it must show more than an exception's message; otherwise the pattern.</summary>
    public Regex LinePattern { get => field ?? Pattern; init; }

    /// <summary>It says where the script stopped rather than why: everything else comes first.</summary>
    public bool General { get; init; }

    /// <summary>A warning that may have nothing to do with the end: it is told of an exception that nothing else explains.</summary>
    public bool Hint { get; init; }

    /// <summary>A run with such a line is a failure even if it says that it finished.</summary>
    public bool Spoils { get; init; }

    /// <summary>Further conditions, from the exit code, the plan and the log; none if null.</summary>
    public Func<int, GenerationPlan, ScriptLog, bool>? When { get; init; }
}

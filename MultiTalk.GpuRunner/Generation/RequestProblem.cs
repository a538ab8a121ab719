namespace MultiTalk.GpuRunner.Generation;

/// <summary>One reason why a request is refused.</summary>
/// <param name="Code">Stable, lower case with underscores.</param>
/// <param name="Field">The part of the request: <c>image</c>, <c>voice1</c>, <c>prompt</c>, <c>options.steps</c> …</param>
/// <param name="Message">What is wrong, in a sentence.</param>
/// <param name="Remedy">What to do, in a sentence.</param>
public sealed record RequestProblem(string Code, string Field, string Message, string Remedy);

/// <summary>A request that can never run as it stands; nothing was queued and nothing is left behind.</summary>
public sealed class InvalidRequestException(IReadOnlyList<RequestProblem> problems)
    : Exception(string.Join(Environment.NewLine, problems.Select(problem => $"{problem.Field}: {problem.Message} {problem.Remedy}")))
{
    /// <summary>One problem alone.</summary>
    public InvalidRequestException(string code, string field, string message, string remedy)
        : this([new RequestProblem(code, field, message, remedy)])
    {
    }

    /// <summary>Every reason that was found, at least one.</summary>
    public IReadOnlyList<RequestProblem> Problems { get; } = problems;
}

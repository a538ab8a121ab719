using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Web.Components.Parts;

/// <summary>The API's answer to a submission, as the browser passes it on.</summary>
/// <param name="Status">Of HTTP; 0 if the server was not reached.</param>
/// <param name="Id">The job that was accepted.</param>
/// <param name="Title">Of the problem.</param>
/// <param name="Detail">Of the problem.</param>
/// <param name="Errors">What is wrong with which field.</param>
public sealed record SubmissionAnswer(int Status, string? Id, string? Title, string? Detail, IReadOnlyList<RequestProblem>? Errors);

/// <summary>The fields of a form, by the names of the API.</summary>
internal static class Fields
{
    public const string Image = "image";
    public const string Voice1 = "voice1";
    public const string Voice2 = "voice2";
    public const string Prompt = "prompt";
    public const string Size = "options.size";
    public const string Steps = "options.steps";
    public const string Seed = "options.seed";

    /// <summary>Those that show their problems beside them.</summary>
    public static IReadOnlyList<string> Shown { get; } = [Image, Voice1, Voice2, Prompt, Size, Steps, Seed];
}

using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Colab;

/// <summary>The read-only directory with the weights.</summary>
public static class ModelVolume
{
    /// <summary>What to do about what the operating system does not let the runner read.</summary>
    internal const string LetRead = "Let the user of the runner read it and enter its folders, and see whether its disk or network share is well.";

    /// <summary>That of a runner; null for the preview, which works with empty stand-ins.</summary>
    public static ModelReport? Of(RunnerOptions options) => options.Engine == Engine.MultiTalk ? Inspect(options.Models) : null;

    /// <summary>
    /// Looks at everything the sets need, and reads no more of it than headers: 100 GB take a moment. Never throws: what
    /// cannot be read is a problem like any other.
    /// </summary>
    /// <param name="root">The directory, with Colab's folder names or the short ones; null if none is set.</param>
    /// <param name="needs">Sets that must be there; unless given, those are looked for of which something is there.</param>
    public static ModelReport Inspect(string? root, IReadOnlyList<string>? needs = null)
    {
        if (ProblemOf(root) is { } problem)
            return Empty(root, problem);
        try
        {
            return new VolumeInspection(Path.TrimEndingDirectorySeparator(Path.GetFullPath(root!)), needs ?? []).Report();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A folder that could be listed a moment ago.
            return Empty(root, Problem(FileFault.Unreadable, root!, $"The model volume {root} went away while it was looked at ({exception.Message}).", LetRead));
        }
    }

    private static ModelProblem? ProblemOf(string? root)
    {
        const string Missing = "volume_missing";
        if (string.IsNullOrWhiteSpace(root))
            return Problem(Missing, "", "No model volume is set.", "Set Runner:Models to the directory that holds the model folders.");
        if (root.AsSpan().ContainsAny(Path.GetInvalidPathChars()))
            return Problem(Missing, root, "The path of the model volume holds characters that no path has.", "Set Runner:Models to the directory that holds the model folders.");
        return FileFault.OfFolder(root) switch
        {
            null => null,
            { Code: FileFault.Unreadable, What: var what } => Problem(FileFault.Unreadable, root, $"The model volume {root} {what}.", LetRead),
            { What: var what } => Problem(Missing, root, $"The model volume {root} {what}.", "Mount it there, or set Runner:Models to the directory that holds the model folders."),
        };
    }

    private static ModelProblem Problem(string code, string file, string message, string remedy) =>
        new(code, file, message, remedy) { Sets = [.. ModelFile.VideoSets, ModelSet.Tts] };

    private static ModelReport Empty(string? root, ModelProblem problem) =>
        new() { Root = root, Folders = new Dictionary<string, string>(), Sets = [], Problems = [problem] };
}

using System.Text.Json;
using MultiTalk.GpuRunner.Generation;
using MultiTalk.GpuRunner.Media;

namespace MultiTalk.GpuRunner.Colab;

/// <summary>Looks whether a prepared workspace still holds what the script will open, where it will look for it.</summary>
internal static class WorkspaceCheck
{
    private const string Remedy = "Make the workspace again with the verb prepare.";

    /// <summary>What is wrong with it; nothing if it can be run.</summary>
    public static IEnumerable<RequestProblem> Problems(Workspace workspace, GenerationPlan plan) =>
        [.. Links(workspace), .. Inputs(workspace, plan), .. Models(workspace, plan)];

    private static IEnumerable<RequestProblem> Links(Workspace workspace)
    {
        foreach (var entry in Entries(workspace).Where(FileFault.IsBrokenLink))
        {
            yield return new("link_broken", "workspace", $"{Path.GetRelativePath(workspace.Directory, entry.FullName)} leads to {entry.LinkTarget}, where nothing is.",
                "Mount the model volume and the checkout where they were, or make the workspace again with the verb prepare.");
        }

        if (!FileFault.IsFile(workspace.PathOf(ColabLayout.Script)))
            yield return new("script_missing", "workspace", $"There is no {ColabLayout.Script} in it.", Remedy);
    }

    private static IEnumerable<FileSystemInfo> Entries(Workspace workspace)
    {
        string[] folders = [workspace.Directory, workspace.PathOf(ColabLayout.Weights), workspace.PathOf(Path.Combine(ColabLayout.Weights, ColabLayout.BaseModel))];
        return folders.Select(folder => new DirectoryInfo(folder)).Where(folder => folder.Exists && folder.LinkTarget is null).SelectMany(folder => folder.EnumerateFileSystemInfos());
    }

    private static IEnumerable<RequestProblem> Inputs(Workspace workspace, GenerationPlan plan)
    {
        var names = Named(workspace, out var problem);
        foreach (var name in names.Where(name => Path.IsPathRooted(name) || !File.Exists(workspace.PathOf(name))))
            yield return new("input_missing", "workspace", $"{ColabLayout.Input} names {name}, which is not in the workspace.", Remedy);
        if (problem is not null)
            yield return new("input_json_unreadable", "workspace", $"{ColabLayout.Input} cannot be read: {problem}", Remedy);

        foreach (var (index, speaker) in plan.Speakers.Index())
        {
            var voice = workspace.PathOf(ColabLayout.Voice(index + 1));
            if (speaker.Samples is { } samples && File.Exists(voice) && Length(voice) is var length && length < samples)
                yield return new("voice_short", "workspace", $"{ColabLayout.Voice(index + 1)} has {length:N0} samples at 16 kHz and {samples:N0} are planned.", Remedy);
        }
    }

    private static long Length(string voice)
    {
        try
        {
            return WavFile.Read(voice).SamplesAt16K;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            return 0;
        }
    }

    // Spoken text has no files, and a silent person none either.
    private static List<string> Named(Workspace workspace, out string? problem)
    {
        problem = null;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(workspace.PathOf(ColabLayout.Input)));
            var root = document.RootElement;
            return [root.GetProperty("cond_image").GetString() ?? "", .. root.GetProperty("cond_audio").EnumerateObject().Select(voice => voice.Value.GetString() ?? "").Where(voice => voice != InputJson.Silent)];
        }
        catch (Exception exception) when (exception is IOException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            problem = exception.Message;
            return [];
        }
    }

    private static IEnumerable<RequestProblem> Models(Workspace workspace, GenerationPlan plan)
    {
        if (plan.Engine == Engine.Preview)
            yield break;
        var report = ModelVolume.Inspect(workspace.PathOf(ColabLayout.Weights), JobNeeds.Of(plan).Models);
        foreach (var need in JobNeeds.Of(plan).Models.Where(need => !report.Has(need)))
        {
            var why = report.Problems.FirstOrDefault(problem => problem.Sets.Contains(need));
            yield return new("model_missing", "workspace", $"The model files {need} are not whole in {ColabLayout.Weights}{(why is null ? "." : $": {why.Message}")}", why?.Remedy ?? "Put them on the model volume; models verify says more.");
        }
    }
}

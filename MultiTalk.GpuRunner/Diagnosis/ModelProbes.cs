using MultiTalk.GpuRunner.Colab;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Diagnosis;

/// <summary>The model volume.</summary>
internal static class ModelProbes
{
    /// <summary>One finding for the volume, and one for each kind of problem on it.</summary>
    public static IEnumerable<Finding> Look(Examination seen)
    {
        var models = seen.Models;
        var sets = models.Sets.Intersect(ModelFile.VideoSets).ToList();
        // That there is no volume at all is one thing, and told once.
        var absent = models.Problems.FirstOrDefault(problem => problem.Code == "volume_missing");
        yield return Finding.Of("model_sets", "model files", "the full model, whole (bf16)",
            sets.Count > 0 ? string.Join(", ", models.Sets) : absent?.Message ?? $"No set is whole in {models.Root}.", sets.Contains(ModelSet.Bf16),
            absent?.Remedy ?? Complete(models), sets.Count > 0 ? Stops.Nothing : Stops.MultiTalk);

        foreach (var problem in models.Problems.Where(problem => problem != absent).GroupBy(problem => problem.Code))
        {
            const int Shown = 3;
            var files = problem.Select(item => item.Message).Distinct().ToList();
            var here = string.Join(" ", files.Take(Shown)) + (files.Count > Shown ? $" … and {files.Count - Shown} more" : "");
            yield return Finding.Of("model_" + problem.Key, problem.Key.Replace('_', ' '), "none", here, false, string.Join(" ", problem.Select(item => item.Remedy).Distinct().Take(Shown)));
        }
    }

    // Nothing of the full model need be there beside a quantized one, and nothing is then told of its files.
    private static string Complete(ModelReport models) =>
        models.Problems.Any(problem => problem.Sets.Contains(ModelSet.Bf16))
            ? "Run doctor on this machine: it names each file that is wrong, and the command that fetches it."
            : "Jobs with the full model need the rest of it: " + string.Join(" && ", new[] { ColabLayout.BaseModel, ColabLayout.MultiTalkModel }
                .Select(folder => HubDownload.Command(folder, models.Folders.GetValueOrDefault(folder) ?? Path.Combine(models.Root ?? "", folder))));
}

namespace MultiTalk.GpuRunner.Colab;

/// <summary>What a model volume holds, as <see cref="ModelVolume.Inspect"/> found it.</summary>
public sealed record ModelReport
{
    /// <summary>The volume's directory; null if none is set.</summary>
    public required string? Root { get; init; }

    /// <summary>Where the folders of <see cref="ColabLayout.WeightFolders"/> are that the volume has, by Colab's names.</summary>
    public required IReadOnlyDictionary<string, string> Folders { get; init; }

    /// <summary>The sets of <see cref="Generation.ModelSet"/> that are whole.</summary>
    public required IReadOnlyList<string> Sets { get; init; }

    /// <summary>
    /// What is wrong. A set of which nothing is there is no problem but a choice, as long as another one can make videos.
    /// </summary>
    public required IReadOnlyList<ModelProblem> Problems { get; init; }

    /// <summary>The voices of Kokoro that are there, by name.</summary>
    public IReadOnlyList<string> Voices { get; init; } = [];

    /// <summary>Where the LoRA files are that upstream can apply, by their simple names.</summary>
    public IReadOnlyDictionary<string, string> Loras { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether it can be had from here.</summary>
    /// <param name="need">A set, a voice or a LoRA, as in <see cref="Generation.ModelSet"/>.</param>
    public bool Has(string need) => Sets.Contains(need) || Voices.Select(Generation.ModelSet.Voice).Contains(need);

    /// <summary>MultiTalk's index, never the base model's; null if it is not there.</summary>
    internal string? IndexPath => Find(ColabLayout.MultiTalkModel, ColabLayout.Index);

    /// <summary>
    /// MultiTalk's weights; null if they are not there. Those beside the base model count only where MultiTalk's folder has
    /// none: upstream's recipe leaves an absolute link there, which is broken wherever the volume is mounted elsewhere.
    /// </summary>
    internal string? MultiTalkWeightsPath =>
        Find(ColabLayout.MultiTalkModel, ColabLayout.MultiTalkWeights) ?? Find(ColabLayout.BaseModel, ColabLayout.MultiTalkWeights);

    private string? Find(string folder, string file) =>
        Folders.TryGetValue(folder, out var directory) && Path.Combine(directory, file) is var path && FileFault.IsFile(path) ? path : null;
}

namespace MultiTalk.GpuRunner.Colab;

/// <summary>Makes a directory look like the checkout on Colab, of links alone: nothing on the model volume is moved, copied or written.</summary>
internal sealed class WorkspaceLinks
{
    private readonly string _directory;

    private WorkspaceLinks(string directory) => _directory = directory;

    /// <summary>Makes them.</summary>
    /// <param name="directory">The working directory of the script; made if absent.</param>
    /// <param name="checkout">The directory with the script.</param>
    /// <param name="models">The model volume; null where empty stand-ins will do.</param>
    public static void Make(string directory, string checkout, ModelReport? models)
    {
        var links = new WorkspaceLinks(directory);
        links.LinkCheckout(checkout);
        if (models is null)
            links.StandIn();
        else
            links.LinkModels(models);
    }

    private void LinkCheckout(string checkout)
    {
        Directory.CreateDirectory(PathOf(ColabLayout.Weights));
        Link(ColabLayout.Script, Path.Combine(checkout, ColabLayout.Script));
        foreach (var folder in ColabLayout.CheckoutFolders.Where(folder => Directory.Exists(Path.Combine(checkout, folder))))
            Link(folder, Path.Combine(checkout, folder));
    }

    private void StandIn()
    {
        foreach (var folder in ColabLayout.WeightFolders)
            Directory.CreateDirectory(PathOf(Path.Combine(ColabLayout.Weights, folder)));
    }

    // A folder that the volume does not have is left out: the script then names it, where an empty one would only puzzle.
    private void LinkModels(ModelReport models)
    {
        foreach (var (folder, path) in models.Folders)
        {
            if (folder == ColabLayout.BaseModel)
                MergeBaseModel(models, path);
            else
                Link(Path.Combine(ColabLayout.Weights, folder), path);
        }

        foreach (var (file, path) in models.Loras)
            Link(Path.Combine(ColabLayout.Weights, file), path);
    }

    /// <summary>
    /// Upstream has its users move the base model's index aside and copy two files and 10 GB in. Here the folder is a real
    /// one, made of links: the volume is only read, and a swap that somebody did there, or half did, does not matter.
    /// </summary>
    private void MergeBaseModel(ModelReport models, string path)
    {
        var folder = Path.Combine(ColabLayout.Weights, ColabLayout.BaseModel);
        Directory.CreateDirectory(PathOf(folder));
        foreach (var entry in Directory.EnumerateFileSystemEntries(path))
        {
            if (Path.GetFileName(entry) is not (ColabLayout.Index or ColabLayout.MultiTalkWeights))
                Link(Path.Combine(folder, Path.GetFileName(entry)), entry);
        }

        if (models.IndexPath is { } index)
            Link(Path.Combine(folder, ColabLayout.Index), index);
        if (models.MultiTalkWeightsPath is { } weights)
            Link(Path.Combine(folder, ColabLayout.MultiTalkWeights), weights);
    }

    private void Link(string name, string target)
    {
        if (Directory.Exists(target))
            Directory.CreateSymbolicLink(PathOf(name), target);
        else
            File.CreateSymbolicLink(PathOf(name), target);
    }

    private string PathOf(string name) => Path.Combine(_directory, name);
}

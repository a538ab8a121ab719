using System.IO.Enumeration;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Colab;

/// <summary>One look at a model volume that is there.</summary>
internal sealed class VolumeInspection
{
    private static readonly EnumerationOptions _visible = new();

    private readonly string _root;
    private readonly Dictionary<string, string> _folders = [];
    private readonly List<ModelProblem> _problems = [];
    private readonly Dictionary<string, string> _loras = [];
    private readonly List<string> _sets;

    public VolumeInspection(string root, IReadOnlyList<string> needs)
    {
        _root = root;
        foreach (var folder in ColabLayout.WeightFolders)
        {
            if (Candidates(folder).FirstOrDefault(Directory.Exists) is { } path)
                _folders.Add(folder, path);
        }

        _sets = LookedFor(needs);
    }

    /// <summary>What it shows.</summary>
    public ModelReport Report()
    {
        foreach (var folder in ColabLayout.WeightFolders)
            InspectModelFolder(folder);
        foreach (var file in ModelFile.All)
            InspectFile(file);
        foreach (var (folder, needed) in ModelFile.Folders)
            InspectFolder(folder, needed);
        foreach (var shard in Shards())
            InspectFile(shard);
        foreach (var (name, file) in LoraFiles.Find(_root))
            InspectLora(name, file);

        var whole = _sets.Except(_problems.SelectMany(problem => problem.Sets)).ToList();
        return new()
        {
            Root = _root,
            Folders = _folders,
            Sets = whole,
            Voices = whole.Contains(ModelSet.Tts) ? [.. Voices()] : [],
            Loras = _loras,
            Problems = _problems,
        };
    }

    // A set is looked for if a file is there that only it needs: who has the quantized model may have left the shards out on
    // purpose. With none of them, what is missing is what the full model needs. MultiTalk's own folder tells nothing of the
    // full model: whoever downloads the quantized one from there gets the rest with it.
    private List<string> LookedFor(IReadOnlyList<string> needs)
    {
        var marks = ModelFile.All.Where(file => file.Sets.Count == 1)
            .Concat(ModelFile.Shards.Where(shard => shard.Folder == ColabLayout.BaseModel))
            .Where(mark => _folders.TryGetValue(mark.Folder, out var folder) && Path.Exists(Path.Combine(folder, mark.Name)))
            .Select(mark => mark.Sets[0])
            .ToHashSet();
        List<string> sets = [.. ModelFile.VideoSets.Where(set => marks.Contains(set) || needs.Contains(set))];
        if (sets.Count == 0)
            sets.Add(ModelSet.Bf16);
        if (Candidates(ColabLayout.Kokoro).Any(Path.Exists) || needs.Any(need => need == ModelSet.Tts || need.StartsWith(ModelSet.Voice(""), StringComparison.Ordinal)))
            sets.Add(ModelSet.Tts);
        return sets;
    }

    private IEnumerable<string> Voices() =>
        Directory.EnumerateFiles(Path.Combine(_folders[ColabLayout.Kokoro], "voices"), "*.pt", _visible)
            .Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal);

    private void InspectModelFolder(string folder)
    {
        var candidates = Candidates(folder);
        var path = _folders.GetValueOrDefault(folder) ?? candidates.FirstOrDefault(Path.Exists) ?? candidates[0];
        if (FileFault.OfFolder(path) is not { } fault)
            return;
        _folders.Remove(folder);
        var what = Path.Exists(path) ? fault.What : $"is not there, and no folder {ColabLayout.ShortNames[folder]} either";
        Add(fault.Code, path, what, $"Get it with: {HubDownload.Command(folder, path)}", folder == ColabLayout.Kokoro ? [ModelSet.Tts] : ModelFile.VideoSets);
    }

    private void InspectFolder(ModelFile folder, string[] needed)
    {
        if (PathOf(folder) is not { } path)
            return;
        var remedy = $"Get it with: {HubDownload.Command(folder.Folder, _folders[folder.Folder], folder.Name + "/*")}";
        if (FileFault.OfFolder(path) is { } fault)
        {
            Add(fault.Code, path, fault.What, remedy, folder.Sets);
            return;
        }

        var files = Directory.EnumerateFiles(path, "*", _visible).Order(StringComparer.Ordinal).ToList();
        foreach (var pattern in needed.Where(pattern => !files.Any(file => FileSystemName.MatchesSimpleExpression(pattern, Path.GetFileName(file)))))
            Add(FileFault.Missing, Path.Combine(path, pattern), "is not there", remedy, folder.Sets);
        foreach (var file in files)
            InspectFile(folder with { Name = Path.Combine(folder.Name, Path.GetFileName(file)) });
    }

    private void InspectFile(ModelFile file)
    {
        if (PathOf(file) is not { } path)
            return;
        var fault = file.Look is { } look ? FileFault.Of(path, look) : FileFault.Of(path);
        if (fault is null)
            return;
        var name = Path.GetFileName(path) == file.Instead ? file.Instead : file.Name;
        var command = HubDownload.Command(file.Folder, _folders.GetValueOrDefault(file.Folder) ?? Candidates(file.Folder)[0], name);
        if (fault.Code == FileFault.Missing)
            Add(file.Missing, path, fault.What, $"Get it with: {command}", file.Sets);
        else
            Add(fault.Code, path, fault.What, $"Delete it, then get it again with: {command}", file.Sets);
    }

    // The index that counts is MultiTalk's own, from its own folder. The base folder may hold the base model's index, a
    // swapped one or none: a workspace puts MultiTalk's in its place.
    private IReadOnlyList<ModelFile> Shards()
    {
        IReadOnlyList<string> names = [];
        InspectFile(new(ColabLayout.MultiTalkModel, ColabLayout.Index, ModelSet.Bf16)
        {
            Missing = "index_missing",
            Look = stream => MultiTalkIndex.Read(stream, out names),
        });
        return names.Count == 0 ? ModelFile.Shards : [.. names.Select(ModelFile.Shard)];
    }

    private void InspectLora(string name, LoraFile file)
    {
        const string Convert = "Use a file whose keys have the form diffusion_model.<layer>.lora_down.weight and .lora_up.weight, or rename them.";
        var fault = LoraFiles.FaultOf(file, out var isLora);
        if (!isLora)
            return;
        _sets.Add(ModelSet.Lora(name));
        if (fault is null)
            _loras.Add(name, file.Path);
        else
            Add(fault.Code, file.Path, fault.What, fault.Code == LoraFiles.Layout ? Convert : "Delete it, then get it again from where it came.", [ModelSet.Lora(name)]);
    }

    // Null where it is not looked for, or lies in a folder that is not there, which was said before.
    private string? PathOf(ModelFile file)
    {
        if (!file.Sets.Any(_sets.Contains))
            return null;
        List<string> places = [];
        if (_folders.TryGetValue(file.Folder, out var folder))
            places.AddRange(new[] { file.Name, file.Instead }.OfType<string>().Select(name => Path.Combine(folder, name)));
        // As ModelReport.MultiTalkWeightsPath finds it.
        if (file.Name == ColabLayout.MultiTalkWeights && _folders.TryGetValue(ColabLayout.BaseModel, out var baseModel) && Path.Combine(baseModel, file.Name) is var swapped && FileFault.IsFile(swapped))
            places.Add(swapped);
        return places.FirstOrDefault(FileFault.IsFile) ?? places.FirstOrDefault();
    }

    private void Add(string code, string path, string what, string remedy, IReadOnlyList<string> sets)
    {
        List<string> lost = [.. _sets.Intersect(sets)];
        if (lost.Count > 0)
            _problems.Add(new(code, path, $"{Path.GetRelativePath(_root, path)} {what}.", code == FileFault.Unreadable ? ModelVolume.LetRead : remedy) { Sets = lost });
    }

    private string[] Candidates(string folder) => [Path.Combine(_root, folder), Path.Combine(_root, ColabLayout.ShortNames[folder])];
}

namespace MultiTalk.GpuRunner.Colab;

/// <summary>Finds the LoRA files of a model volume and tells which of them upstream can apply.</summary>
internal static class LoraFiles
{
    /// <summary>The code of a file that upstream would load and not apply.</summary>
    public const string Layout = "lora_layout";

    private const string Prefix = "diffusion_model.";
    private const string Down = "lora_down.weight";
    private const string Up = "lora_up.weight";

    // What the keys of such files have in common, whichever program trained them.
    private static readonly string[] _marks = ["lora", "lokr", "hada_"];

    private static readonly EnumerationOptions _visible = new() { IgnoreInaccessible = true };

    /// <summary>The files by their names, in the order in which people mean them when two have one name.</summary>
    public static IReadOnlyDictionary<string, LoraFile> Find(string root)
    {
        var loras = Path.Combine(root, "loras");
        var files = new SortedDictionary<string, LoraFile>(StringComparer.Ordinal);
        Add(root, isLora: true);
        Add(loras, isLora: true);
        foreach (var folder in Folders(root).Where(folder => folder != loras && !IsModel(Path.GetFileName(folder))))
            Add(folder, isLora: false);
        foreach (var folder in Folders(loras))
            Add(folder, isLora: true);
        return files;

        void Add(string folder, bool isLora)
        {
            if (!Directory.Exists(folder))
                return;
            foreach (var path in Directory.EnumerateFiles(folder, "*.safetensors", _visible))
                files.TryAdd(Path.GetFileName(path), new(path, isLora));
        }
    }

    /// <summary>What is wrong with one; null if upstream can apply it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="isLora">Whether it is one at all.</param>
    public static FileFault? FaultOf(LoraFile file, out bool isLora)
    {
        IReadOnlySet<string>? keys = null;
        var fault = FileFault.Of(file.Path, stream =>
        {
            keys = Safetensors.ReadNames(stream);
            return keys.Any(key => Applies(key, keys)) ? null : new(Layout, $"has keys that upstream cannot apply, such as {keys.Order(StringComparer.Ordinal).First()}, and would change nothing");
        });
        isLora = fault is null || file.IsLora || keys is null || keys.Any(key => _marks.Any(mark => key.Contains(mark, StringComparison.Ordinal)));
        return fault;
    }

    private static bool Applies(string key, IReadOnlySet<string> keys) =>
        key.StartsWith(Prefix, StringComparison.Ordinal)
        && (key.EndsWith(".diff", StringComparison.Ordinal)
            || key.EndsWith(".diff_b", StringComparison.Ordinal)
            || (key.EndsWith(Down, StringComparison.Ordinal) && keys.Contains(key[..^Down.Length] + Up)));

    private static IEnumerable<string> Folders(string root) =>
        Directory.Exists(root) ? Directory.EnumerateDirectories(root, "*", _visible).Order(StringComparer.Ordinal) : [];

    private static bool IsModel(string folder) => ColabLayout.WeightFolders.Contains(folder) || ColabLayout.ShortNames.Values.Contains(folder);
}

/// <summary>A file that may be a LoRA.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="IsLora">Whether its place says so; elsewhere its keys do.</param>
internal sealed record LoraFile(string Path, bool IsLora);

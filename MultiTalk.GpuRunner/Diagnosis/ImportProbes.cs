namespace MultiTalk.GpuRunner.Diagnosis;

/// <summary>What the script imports from others before it does anything, and what each needs to be there (docs/contract.md, "Imports").</summary>
internal static class ImportProbes
{
    /// <summary>The imports, torch first: most others need it.</summary>
    public static IReadOnlyList<Import> All { get; } =
    [
        new("torch", "torch"),
        new("torch.distributed", "torch"),
        new("torch.distributed.fsdp", "torch", "FullyShardedDataParallel", "MixedPrecision", "ShardingStrategy"),
        new("torch.distributed.fsdp.wrap", "torch", "lambda_auto_wrap_policy"),
        new("torch.distributed.utils", "torch", "_free_storage"),
        new("torch.nn.utils", "torch", "weight_norm"),
        new("torchvision", "torchvision", "io", "transforms"),
        new("torchvision.transforms.functional", "torchvision"),
        new("xformers.ops", "xformers"),
        new("flash_attn", "flash-attn", "flash_attn_varlen_func"),
        new("flash_attn_interface", "flash_attn_interface") { Optional = true },
        new("transformers", "transformers", "Wav2Vec2FeatureExtractor", "Wav2Vec2Config", "Wav2Vec2Model", "AutoTokenizer", "AlbertConfig", "AlbertModel"),
        new("transformers.modeling_outputs", "transformers", "BaseModelOutput"),
        new("diffusers", "diffusers", "ModelMixin"),
        new("diffusers.configuration_utils", "diffusers", "ConfigMixin", "register_to_config"),
        new("diffusers.schedulers.scheduling_utils", "diffusers", "KarrasDiffusionSchedulers", "SchedulerMixin", "SchedulerOutput"),
        new("diffusers.utils", "diffusers", "deprecate", "is_scipy_available"),
        new("diffusers.utils.torch_utils", "diffusers", "randn_tensor"),
        new("xfuser.core.distributed", "xfuser", "get_sequence_parallel_rank", "get_sequence_parallel_world_size", "get_sp_group"),
        new("xfuser.core.long_ctx_attention", "xfuser", "xFuserLongContextAttention") { Stops = Stops.Nothing },
        new("optimum.quanto", "optimum-quanto", "quantize", "freeze", "qint8", "requantize"),
        new("optimum.quanto.nn.qlinear", "optimum-quanto"),
        new("accelerate.utils", "accelerate", "set_module_tensor_to_device"),
        new("safetensors", "safetensors", "safe_open"),
        new("safetensors.torch", "safetensors", "load_file"),
        new("librosa", "librosa"),
        new("misaki", "misaki", "en", "espeak"),
        new("numpy", "numpy"),
        new("scipy.stats", "scipy"),
        new("skimage", "scikit-image", "color"),
        new("PIL", "pillow", "Image"),
        new("pyloudnorm", "pyloudnorm"),
        new("soundfile", "soundfile"),
        new("einops", "einops", "rearrange", "repeat"),
        new("imageio", "imageio"),
        // Writes the video, at the very end of a run.
        new("imageio_ffmpeg", "imageio-ffmpeg"),
        new("huggingface_hub", "huggingface_hub", "hf_hub_download"),
        new("tqdm", "tqdm", "tqdm"),
        new("easydict", "easydict", "EasyDict"),
        new("ftfy", "ftfy"),
        new("regex", "regex"),
        new("loguru", "loguru", "logger"),
        new("attr", "attrs", "attr"),
    ];

    // Installed with their dependencies they would bring another torch or numpy.
    private static readonly string[] _alone = ["yunchang", "distvae"];

    // What pip calls the modules that those above import, where its name is another.
    private static readonly Dictionary<string, string> _packages = new(All.Select(import => KeyValuePair.Create(import.Root, import.Package)).Distinct())
    {
        ["bs4"] = "beautifulsoup4",
        ["cv2"] = "opencv-python",
        ["google"] = "protobuf",
        ["phonemizer"] = "phonemizer-fork",
        ["sklearn"] = "scikit-learn",
        ["yaml"] = "pyyaml",
    };

    /// <summary>A finding for each, and one for what xformers keeps to itself.</summary>
    public static IEnumerable<Finding> Look(LiveFacts live, TimeSpan patience)
    {
        foreach (var import in All)
        {
            if (live.Facts is null)
                yield return Finding.Unseen(import.Code, import.Module, import.Expected, live);
            else if (live.Imports?.Imports.GetValueOrDefault(import.Module) is not { } result)
                yield return Finding.Of(import.Code, import.Module, import.Expected, $"not tried: {live.ImportsProblem}", false, live.ImportsRemedy, import.Stops) with { Follows = import != All[0] };
            else
                yield return Look(import, result, patience);
        }

        yield return Extensions(live);
    }

    private static Finding Look(Import import, ImportResult result, TimeSpan patience)
    {
        var absent = result.Missing == import.Root;
        var here = result switch
        {
            { Problem: null, Text: "" } => "can be imported",
            { Problem: null } => result.Text,
            _ when absent => "not installed",
            { Problem: "time_out", Text: "did not end in time" } => FormattableString.Invariant($"hangs: the import did not end within {patience.TotalSeconds:0.#} s"),
            _ => result.Text,
        };
        var ok = result.Problem is null || (import.Optional && absent);
        return Finding.Of(import.Code, import.Module, import.Expected, here, ok, Remedy(import, result, absent), import.Stops);
    }

    private static string Remedy(Import import, ImportResult result, bool absent)
    {
        if (import.Optional)
            return $"pip uninstall {import.Package}, which is not needed and keeps flash_attn from being used.";
        if (import.Module == "flash_attn" && !absent)
            return "Its compiled part was built for another torch or C++ ABI: install the wheel for torch 2.4 and cxx11abi FALSE, or build it here (pip install --no-build-isolation --no-cache-dir --force-reinstall --no-deps flash-attn==2.6.1).";
        if (absent)
            return PackagePins.Install(import.Package);
        // Where only a part of another package is missing, that one is there and this one was made for another version of it.
        return result.Missing is { } missing && !missing.Contains('.', StringComparison.Ordinal)
            ? $"It needs {missing}: {(_alone.Contains(missing) ? $"pip install --no-deps {missing}" : PackagePins.Install(_packages.GetValueOrDefault(missing, missing)))}"
            : $"{PackagePins.Install(import.Package)} --force-reinstall --no-deps";
    }

    private static Finding Extensions(LiveFacts live)
    {
        const string Code = "import_xformers_extensions", Name = "xformers' compiled part", Expected = "loads into torch";
        if (live.Facts is null)
            return Finding.Unseen(Code, Name, Expected, live);
        if (live.Imports?.Imports.GetValueOrDefault("xformers.ops") is not { } result)
            return Finding.Of(Code, Name, Expected, $"not tried: {live.ImportsProblem}", false, live.ImportsRemedy) with { Follows = true };
        var remedy = $"It was built for another torch, and without it every attention fails: {PackagePins.Install("xformers")}";
        return result.Problem is null
            ? Finding.Of(Code, Name, Expected, result.Note ?? "loads", result.Note is null, remedy, Stops.MultiTalk)
            : Finding.Of(Code, Name, Expected, "xformers cannot be imported", false, PackagePins.Install("xformers")) with { Follows = true };
    }
}

/// <summary>An import of the script.</summary>
internal sealed record Import
{
    /// <summary>Describes one.</summary>
    /// <param name="module">The module.</param>
    /// <param name="package">What pip installs it from.</param>
    /// <param name="members">What is imported from it by name.</param>
    public Import(string module, string package, params string[] members) => (Module, Package, Members) = (module, package, members);

    /// <summary>The module.</summary>
    public string Module { get; }

    /// <summary>The module above all others that it lies in; itself, if it is one.</summary>
    public string Root => Module.Split('.')[0];

    /// <summary>What pip installs it from.</summary>
    public string Package { get; }

    /// <summary>What is imported from it by name.</summary>
    public IReadOnlyList<string> Members { get; }

    /// <summary>Whether it may be absent; broken, it would still end the script.</summary>
    public bool Optional { get; init; }

    /// <summary>What its failure means.</summary>
    public Stops Stops { get; init; } = Stops.MultiTalk;

    /// <summary>The code of its probe, such as <c>import_xformers_ops</c>.</summary>
    public string Code => "import_" + Module.Replace('.', '_').ToLowerInvariant();

    /// <summary>What must be so.</summary>
    public string Expected => Optional ? "absent, or can be imported" : Members.Count == 0 ? "can be imported" : $"can be imported, with {string.Join(", ", Members)}";
}

using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using MultiTalk.GpuRunner.Colab;

namespace MultiTalk.Tests.Colab;

/// <summary>
/// A model volume with the real one's names, sizes, headers and index, made in milliseconds: its files are sparse. It holds
/// the full model; the rest can be added.
/// </summary>
internal sealed class FakeVolume
{
    /// <summary>The files of PyTorch in the base folder.</summary>
    public const string T5 = "models_t5_umt5-xxl-enc-bf16.pth", Clip = "models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth", Vae = "Wan2.1_VAE.pth";

    private static readonly string[] _layers =
    [
        "self_attn.q", "self_attn.k", "self_attn.v", "self_attn.o", "cross_attn.q", "cross_attn.k", "cross_attn.v", "cross_attn.o", "ffn.0", "ffn.2",
    ];

    private static readonly string[] _audioLayers = ["q_linear", "kv_linear", "proj"];

    private readonly bool _shortNames;

    public FakeVolume(string root, bool shortNames = false)
    {
        Root = root;
        _shortNames = shortNames;
        AddBaseModel();
        AddMultiTalk();
        Write(ColabLayout.Wav2Vec, "config.json", "{}");
        Write(ColabLayout.Wav2Vec, "preprocessor_config.json", "{}");
        Safetensors(PathOf(ColabLayout.Wav2Vec, "model.safetensors"), 380_202_624, ["encoder.weight"]);
    }

    /// <summary>Its directory.</summary>
    public string Root { get; }

    /// <summary>The bytes that its files seem to have.</summary>
    public long Size => new DirectoryInfo(Root).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    /// <summary>A file of a model folder.</summary>
    public string PathOf(string folder, string name) => Path.Combine(FolderOf(folder), name);

    /// <summary>Where a model folder is.</summary>
    public string FolderOf(string folder) => Path.Combine(Root, _shortNames ? ColabLayout.ShortNames[folder] : folder);

    /// <summary>The name of a shard.</summary>
    /// <param name="number">1 to 7.</param>
    public static string Shard(int number) => FormattableString.Invariant($"diffusion_pytorch_model-{number:00000}-of-00007.safetensors");

    /// <summary>Adds the quantized models.</summary>
    public void AddQuantized()
    {
        const string Folder = "quant_models/";
        Safetensors(PathOf(ColabLayout.MultiTalkModel, Folder + "t5_int8.safetensors"), 6_700_000_000, ["token_embedding.weight"]);
        Safetensors(PathOf(ColabLayout.MultiTalkModel, Folder + "dit_model_int8.safetensors"), 19_500_000_000, Keys(1, 40));
        Safetensors(PathOf(ColabLayout.MultiTalkModel, Folder + "quant_model_int8_FusionX.safetensors"), 19_500_000_000, Keys(1, 40));
        foreach (var map in new[] { "t5_map_int8.json", "dit_model_map_int8.json", "quantization_map_int8_FusionX.json" })
            Write(ColabLayout.MultiTalkModel, Folder + map, """{"blocks.0.ffn.0": {"weights": "qint8", "activations": "none"}}""");
    }

    /// <summary>Adds the model that speaks.</summary>
    public void AddKokoro()
    {
        Write(ColabLayout.Kokoro, "config.json", "{}");
        Torch(PathOf(ColabLayout.Kokoro, "kokoro-v1_0.pth"), 327_212_226);
        for (var voice = 0; voice < 54; voice++)
            Torch(PathOf(ColabLayout.Kokoro, FormattableString.Invariant($"voices/voice{voice}.pt")), 523_425);
    }

    /// <summary>Adds a LoRA file.</summary>
    /// <param name="path">Its path from the root.</param>
    /// <param name="keys">Its keys; without any, those that upstream can apply.</param>
    /// <returns>The whole path.</returns>
    public string AddLora(string path, params string[] keys)
    {
        path = Path.Combine(Root, path);
        Safetensors(path, 316_000_000, keys.Length > 0 ? keys : [.. Keys(1, 40).SelectMany(key => new[] { $"diffusion_model.{key}.lora_down.weight", $"diffusion_model.{key}.lora_up.weight" })]);
        return path;
    }

    /// <summary>Writes an index.</summary>
    public static void Index(string path, IEnumerable<(string File, string Key)> tensors) =>
        Write(path, JsonSerializer.Serialize(new { metadata = new { total_size = 75_500_000_000 }, weight_map = tensors.ToDictionary(tensor => tensor.Key, tensor => tensor.File) }));

    /// <summary>The tensors of the base model and the shards that hold them.</summary>
    public static IEnumerable<(string File, string Key)> BaseTensors() =>
        Enumerable.Range(1, 7).SelectMany(shard => Keys(shard * 6 - 5, Math.Min(shard * 6, 40)).Select(key => (Shard(shard), key + ".weight")));

    /// <summary>The tensors that MultiTalk adds.</summary>
    public static IEnumerable<(string File, string Key)> MultiTalkTensors() => Enumerable.Range(0, 40)
        .SelectMany(block => _audioLayers.Select(layer => (ColabLayout.MultiTalkWeights, FormattableString.Invariant($"blocks.{block}.audio_cross_attn.{layer}.weight"))));

    /// <summary>Writes a sparse file with a true header.</summary>
    public static void Safetensors(string path, long size, IReadOnlyList<string> keys)
    {
        // Room for the longest offsets; spaces fill what is left of it, as the format allows.
        var headerBytes = keys.Sum(key => key.Length) + (keys.Count * 100) + 100;
        var data = size - sizeof(ulong) - headerBytes;
        var tensors = keys.Select((key, place) => $$"""
            "{{key}}":{"dtype":"F32","shape":[1],"data_offsets":[{{data * place / keys.Count}},{{data * (place + 1) / keys.Count}}]}
            """);
        var header = $$$"""{"__metadata__":{"format":"pt"},{{{string.Join(',', tensors)}}}}""".PadRight(headerBytes);
        var start = new byte[sizeof(ulong) + headerBytes];
        BinaryPrimitives.WriteInt64LittleEndian(start, headerBytes);
        Encoding.ASCII.GetBytes(header, start.AsSpan(sizeof(ulong)));
        Sparse(path, size, start, []);
    }

    /// <summary>Writes a sparse file that begins and ends as PyTorch's do.</summary>
    public static void Torch(string path, long size) => Sparse(path, size, "PK\u0003\u0004"u8, [.. "PK\u0005\u0006"u8, .. new byte[18]]);

    /// <summary>What stands there: names, kinds, sizes, times and where links lead.</summary>
    public IReadOnlyList<string> Snapshot() =>
    [
        .. new DirectoryInfo(Root).EnumerateFileSystemInfos("*", SearchOption.AllDirectories).OrderBy(entry => entry.FullName, StringComparer.Ordinal)
            .Select(entry => FormattableString.Invariant($"{entry.FullName} {entry.Attributes} {(entry as FileInfo)?.Length} {entry.LastWriteTimeUtc:O} {entry.LinkTarget}")),
    ];

    private void AddBaseModel()
    {
        Write(ColabLayout.BaseModel, "config.json", """{"_class_name": "WanModel", "dim": 5120, "model_type": "i2v"}""");
        Index(PathOf(ColabLayout.BaseModel, ColabLayout.Index), BaseTensors());
        foreach (var shard in BaseTensors().GroupBy(tensor => tensor.File))
            Safetensors(PathOf(ColabLayout.BaseModel, shard.Key), shard.Key == Shard(7) ? 7_062_000_000 : 9_750_000_000, [.. shard.Select(tensor => tensor.Key)]);
        Torch(PathOf(ColabLayout.BaseModel, T5), 11_361_920_418);
        Torch(PathOf(ColabLayout.BaseModel, Clip), 4_772_359_067);
        Torch(PathOf(ColabLayout.BaseModel, Vae), 507_609_880);
        foreach (var tokenizer in new[] { "google/umt5-xxl/", "xlm-roberta-large/" })
        {
            Write(ColabLayout.BaseModel, tokenizer + "tokenizer.json", "{}");
            Write(ColabLayout.BaseModel, tokenizer + "tokenizer_config.json", "{}");
        }
    }

    private void AddMultiTalk()
    {
        Index(PathOf(ColabLayout.MultiTalkModel, ColabLayout.Index), BaseTensors().Concat(MultiTalkTensors()));
        Safetensors(PathOf(ColabLayout.MultiTalkModel, ColabLayout.MultiTalkWeights), 9_948_000_000, [.. MultiTalkTensors().Select(tensor => tensor.Key)]);
    }

    private static IReadOnlyList<string> Keys(int firstBlock, int lastBlock) =>
        [.. Enumerable.Range(firstBlock, lastBlock - firstBlock + 1).SelectMany(block => _layers.Select(layer => FormattableString.Invariant($"blocks.{block - 1}.{layer}")))];

    private void Write(string folder, string name, string content) => Write(PathOf(folder, name), content);

    private static void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }

    private static void Sparse(string path, long size, ReadOnlySpan<byte> start, ReadOnlySpan<byte> end)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = File.Create(path);
        file.SetLength(size);
        file.Write(start);
        file.Position = size - end.Length;
        file.Write(end);
    }
}

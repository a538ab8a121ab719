using System.Text.Json;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Colab;

/// <summary>A file that every volume with certain sets has (docs/contract.md, "Model files").</summary>
/// <param name="Folder">One of <see cref="ColabLayout.WeightFolders"/>.</param>
/// <param name="Name">Its path in the folder.</param>
/// <param name="Sets">The sets that need it.</param>
internal sealed record ModelFile(string Folder, string Name, params IReadOnlyList<string> Sets)
{
    private const string QuantMapMissing = "quant_map_missing";

    // The real one has less than 1 kB.
    private const int MaxConfigBytes = 1_000_000;

    /// <summary>The sets that can make videos.</summary>
    public static IReadOnlyList<string> VideoSets { get; } = [ModelSet.Bf16, ModelSet.Int8, ModelSet.Int8FusionX];

    private static IReadOnlyList<string> QuantizedSets { get; } = [ModelSet.Int8, ModelSet.Int8FusionX];

    /// <summary>All with fixed names; the shards are named by MultiTalk's index.</summary>
    public static IReadOnlyList<ModelFile> All { get; } =
    [
        new(ColabLayout.BaseModel, "config.json", VideoSets) { Look = IsImageToVideo },
        new(ColabLayout.BaseModel, "models_t5_umt5-xxl-enc-bf16.pth", ModelSet.Bf16),
        new(ColabLayout.BaseModel, "models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth", VideoSets),
        new(ColabLayout.BaseModel, "Wan2.1_VAE.pth", VideoSets),
        new(ColabLayout.Wav2Vec, "config.json", VideoSets),
        new(ColabLayout.Wav2Vec, "preprocessor_config.json", VideoSets),
        new(ColabLayout.Wav2Vec, "model.safetensors", VideoSets) { Instead = "pytorch_model.bin" },
        new(ColabLayout.MultiTalkModel, "quant_models/t5_int8.safetensors", QuantizedSets),
        new(ColabLayout.MultiTalkModel, "quant_models/t5_map_int8.json", QuantizedSets) { Missing = QuantMapMissing },
        new(ColabLayout.MultiTalkModel, "quant_models/dit_model_int8.safetensors", ModelSet.Int8),
        new(ColabLayout.MultiTalkModel, "quant_models/dit_model_map_int8.json", ModelSet.Int8) { Missing = QuantMapMissing },
        new(ColabLayout.MultiTalkModel, "quant_models/quant_model_int8_FusionX.safetensors", ModelSet.Int8FusionX),
        new(ColabLayout.MultiTalkModel, "quant_models/quantization_map_int8_FusionX.json", ModelSet.Int8FusionX) { Missing = QuantMapMissing },
        new(ColabLayout.Kokoro, "config.json", ModelSet.Tts),
        new(ColabLayout.Kokoro, "kokoro-v1_0.pth", ModelSet.Tts),
    ];

    /// <summary>
    /// The folders whose files are all needed, and which of them must be there. Without its folder a tokenizer is looked for
    /// on the hub, which ends in a message about the network.
    /// </summary>
    public static IReadOnlyList<(ModelFile Folder, string[] Needed)> Folders { get; } =
    [
        (new(ColabLayout.BaseModel, "google/umt5-xxl", VideoSets), ["tokenizer.json", "tokenizer_config.json"]),
        (new(ColabLayout.BaseModel, "xlm-roberta-large", VideoSets), ["tokenizer.json", "tokenizer_config.json"]),
        (new(ColabLayout.Kokoro, "voices", ModelSet.Tts), ["*.pt"]),
    ];

    /// <summary>The shards of the base model, where no index can be asked.</summary>
    public static IReadOnlyList<ModelFile> Shards { get; } =
    [
        .. Enumerable.Range(1, 7).Select(shard => Shard(FormattableString.Invariant($"diffusion_pytorch_model-{shard:00000}-of-00007.safetensors"))),
        Shard(ColabLayout.MultiTalkWeights),
    ];

    /// <summary>Another name that upstream takes where it is not there.</summary>
    public string? Instead { get; init; }

    /// <summary>The code of the problem that it is not there.</summary>
    public string Missing { get; init; } = FileFault.Missing;

    /// <summary>Looks into it; null to go by its extension.</summary>
    public Func<FileStream, FileFault?>? Look { get; init; }

    /// <summary>A file that an index names.</summary>
    public static ModelFile Shard(string name) =>
        new(name == ColabLayout.MultiTalkWeights ? ColabLayout.MultiTalkModel : ColabLayout.BaseModel, name, ModelSet.Bf16) { Missing = "shard_missing" };

    private static FileFault? IsImageToVideo(FileStream stream)
    {
        if (stream.Length > MaxConfigBytes)
            return new(FileFault.Truncated, $"has {stream.Length:N0} bytes, too many for a configuration");
        using var config = JsonDocument.Parse(stream);
        if (config.RootElement.ValueKind != JsonValueKind.Object)
            return new(FileFault.Truncated, "is no JSON object");
        // Upstream asserts it, and takes it for granted where it is not said.
        return !config.RootElement.TryGetProperty("model_type", out var type) || type.ValueEquals("i2v")
            ? null
            : new("base_not_i2v", $"is of a model of type {type}; MultiTalk needs i2v, which makes videos of pictures");
    }
}

namespace MultiTalk.GpuRunner.Generation;

/// <summary>The sets of model files that a plan can need and a runner can have (docs/contract.md, "Model files").</summary>
public static class ModelSet
{
    /// <summary>The full model: base shards, T5, CLIP, VAE, tokenizers, wav2vec, and MultiTalk's index and weights.</summary>
    public const string Bf16 = "bf16";

    /// <summary>The quantized model and T5, and what of the base model it still needs.</summary>
    public const string Int8 = "int8";

    /// <summary>The quantized model with the FusionX LoRA merged in.</summary>
    public const string Int8FusionX = "int8-fusionx";

    /// <summary>Kokoro, which speaks text.</summary>
    public const string Tts = "tts";

    private static readonly string[] _fixed = [Bf16, Int8, Int8FusionX, Tts];

    /// <summary>What a model with some LoRAs needs.</summary>
    /// <param name="quant"><c>int8</c>, or null for the full model.</param>
    /// <param name="loras">In the quantized model the one LoRA is merged in.</param>
    public static IReadOnlyList<string> Of(string? quant, IReadOnlyList<Lora> loras) => quant is null
        ? [Bf16, .. loras.Select(lora => Lora(lora.File))]
        : [loras.Count == 0 ? Int8 : Int8FusionX];

    /// <summary>Whether a text names something that a plan can need.</summary>
    public static bool IsOne(string text) =>
        _fixed.Contains(text) || new[] { Voice(""), Lora("") }.Any(prefix => text.Length > prefix.Length && text.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>A voice of Kokoro.</summary>
    /// <param name="name">Such as <c>af_heart</c>.</param>
    public static string Voice(string name) => "voice:" + name;

    /// <summary>A LoRA file.</summary>
    /// <param name="file">Its simple name.</param>
    public static string Lora(string file) => "lora:" + file;
}

namespace MultiTalk.GpuRunner.Colab;

/// <summary>The names of the directory in which the script runs, the same as on Colab.</summary>
public static class ColabLayout
{
    /// <summary>The script; the working directory is where it (or a link to it) lies.</summary>
    public const string Script = "generate_multitalk.py";

    /// <summary>What the script is told to read.</summary>
    public const string Input = "input.json";

    /// <summary>The picture.</summary>
    public const string Picture = "image.png";

    /// <summary>What the script writes.</summary>
    public const string Output = "output.mp4";

    /// <summary>The directory of the model files.</summary>
    public const string Weights = "weights";

    /// <summary>The folder of the base model, with MultiTalk's <see cref="Index"/> and <see cref="MultiTalkWeights"/> among its files.</summary>
    public const string BaseModel = "Wan2.1-I2V-14B-480P";

    /// <summary>The folder of the model that hears.</summary>
    public const string Wav2Vec = "chinese-wav2vec2-base";

    /// <summary>The folder of MultiTalk's own files, the quantized models among them.</summary>
    public const string MultiTalkModel = "MeiGen-MultiTalk";

    /// <summary>The folder of the model that speaks.</summary>
    public const string Kokoro = "Kokoro-82M";

    /// <summary>Which file holds which tensor: the base model brings one of this name, and MultiTalk the one that counts.</summary>
    public const string Index = "diffusion_pytorch_model.safetensors.index.json";

    /// <summary>The layers that MultiTalk adds to the base model.</summary>
    public const string MultiTalkWeights = "multitalk.safetensors";

    /// <summary>The model folders below <see cref="Weights"/>.</summary>
    public static IReadOnlyList<string> WeightFolders { get; } = [BaseModel, Wav2Vec, MultiTalkModel, Kokoro];

    /// <summary>What a model volume may call the <see cref="WeightFolders"/> instead.</summary>
    public static IReadOnlyDictionary<string, string> ShortNames { get; } = new Dictionary<string, string>
    {
        [BaseModel] = "base",
        [Wav2Vec] = "wav2vec",
        [MultiTalkModel] = "multitalk",
        [Kokoro] = "kokoro",
    };

    /// <summary>What lies beside the script in a checkout and is linked where it exists.</summary>
    public static IReadOnlyList<string> CheckoutFolders { get; } = ["wan", "src", "kokoro", "assets", "examples"];

    /// <summary>What stands in the working directory on Colab, as paths below it.</summary>
    public static IReadOnlyList<string> Tree { get; } =
        [Script, .. CheckoutFolders, Weights, .. WeightFolders.Select(folder => $"{Weights}/{folder}"), Input, Picture];

    /// <summary>A voice.</summary>
    /// <param name="speaker">From 1.</param>
    public static string Voice(int speaker) => FormattableString.Invariant($"voice{speaker}.wav");
}

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

    /// <summary>The model folders below <see cref="Weights"/>.</summary>
    public static IReadOnlyList<string> WeightFolders { get; } = ["Wan2.1-I2V-14B-480P", "chinese-wav2vec2-base", "MeiGen-MultiTalk", "Kokoro-82M"];

    /// <summary>What lies beside the script in a checkout and is linked where it exists.</summary>
    public static IReadOnlyList<string> CheckoutFolders { get; } = ["wan", "src", "kokoro", "assets", "examples"];

    /// <summary>A voice.</summary>
    /// <param name="speaker">From 1.</param>
    public static string Voice(int speaker) => FormattableString.Invariant($"voice{speaker}.wav");
}

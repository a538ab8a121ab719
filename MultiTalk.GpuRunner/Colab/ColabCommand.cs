namespace MultiTalk.GpuRunner.Colab;

/// <summary>The notebook's command (docs/contract.md, "Arguments").</summary>
public static class ColabCommand
{
    /// <summary>Stands for the number that the notebook picks by the card it got.</summary>
    public const string ByGpu = "<by GPU>";

    /// <summary>The interpreter.</summary>
    public const string Program = "python3";

    /// <summary>The script and its arguments.</summary>
    public static IReadOnlyList<string> Arguments { get; } =
    [
        ColabLayout.Script,
        "--ckpt_dir", "weights/Wan2.1-I2V-14B-480P",
        "--wav2vec_dir", "weights/chinese-wav2vec2-base",
        "--input_json", "input.json",
        "--sample_steps", "20",
        "--num_persistent_param_in_dit", ByGpu,
        "--mode", "streaming",
        "--use_teacache",
        "--save_file", "output",
    ];
}

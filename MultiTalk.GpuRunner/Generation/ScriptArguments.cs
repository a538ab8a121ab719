using System.Globalization;

namespace MultiTalk.GpuRunner.Generation;

/// <summary>The argument list of <c>generate_multitalk.py</c>, as on Colab: relative paths, the notebook's order.</summary>
public static class ScriptArguments
{
    /// <summary>Builds the list.</summary>
    public static IReadOnlyList<string> Build(int size, string mode, int steps, long seed) =>
    [
        "--ckpt_dir", "weights/Wan2.1-I2V-14B-480P",
        "--wav2vec_dir", "weights/chinese-wav2vec2-base",
        "--input_json", "input.json",
        "--size", $"multitalk-{size.ToString(CultureInfo.InvariantCulture)}",
        "--sample_steps", steps.ToString(CultureInfo.InvariantCulture),
        "--base_seed", seed.ToString(CultureInfo.InvariantCulture),
        "--mode", mode,
        "--use_teacache",
        // The stem: upstream always appends ".mp4".
        "--save_file", "output",
    ];
}

namespace MultiTalk.GpuRunner.Execution;

/// <summary>
/// What the script says while it loads, and how much of that is then done: by the bytes that were read. Some lines are missing
/// in some modes and versions (docs/contract.md, "Life of a run").
/// </summary>
internal static class Milestone
{
    /// <summary>The voices were heard or spoken, and written as sound files.</summary>
    public const string Pipeline = "INFO: Creating MultiTalk pipeline.";

    private static readonly (string Start, string Also, double Fraction)[] _lines =
    [
        ("INFO: Generation job args: ", "", 0.08),
        (Pipeline, "", 0.10),
        ("INFO: loading ", "models_t5", 0.10),
        ("INFO: Loading quantized T5 from", "", 0.11),
        ("INFO: loading ", "_VAE.pth", 0.22),
        ("INFO: loading ", "models_clip", 0.23),
        ("INFO: Creating WanModel from", "", 0.28),
        ("INFO: Loading Quantized MultiTalk from", "", 0.30),
        ("INFO: Loading Quantized LoRA from", "", 0.85),
        ("Registered LoRA metadata for:", "", 0.90),
        ("LoRA weight adjustments", "", 0.99),
    ];

    /// <summary>How much of the loading is done, 0 to 1; null if the line tells nothing.</summary>
    public static double? Of(string line)
    {
        // Model files are also named in the line with the configuration: what counts is how a line starts.
        foreach (var (start, also, fraction) in _lines)
        {
            if (line.Contains(start, StringComparison.Ordinal) && line.Contains(also, StringComparison.Ordinal))
                return fraction;
        }

        return null;
    }

    /// <summary>The same of a bar.</summary>
    /// <param name="name">The bar's.</param>
    /// <param name="done">How much of it is done, 0 to 1.</param>
    public static double? Of(string name, double done) => name switch
    {
        "Loading checkpoint shards" => 0.28 + (0.6 * done),
        "Loading LoRA weights" => 0.9 + (0.09 * done),
        _ => null,
    };
}

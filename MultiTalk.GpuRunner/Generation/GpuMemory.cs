namespace MultiTalk.GpuRunner.Generation;

/// <summary>Memory of a card in GB, and how much of the model can stay on it (docs/contract.md, "Memory").</summary>
internal static class GpuMemory
{
    /// <summary>Parameters of the DiT: 16.39e9 of the base and 2.49e9 of the audio layers.</summary>
    public const double DitParameters = 18.88e9;

    /// <summary>Below this nothing runs.</summary>
    public const double LeastGb = 15;

    // Of a card's memory that is left free.
    private const double Spare = 3;

    // Peaks of MultiTalk's own table with everything streamed, at 480 and 720, and what each 1e9 parameters add that stay.
    private static readonly (double At480, double At720, double PerBillion) _bf16 = (13, 36, 2);
    private static readonly (double At480, double At720, double PerBillion) _int8 = (15, 33, (30 - 15) / (DitParameters / 1e9));

    // On 2, 4 and 8 cards nothing is streamed.
    private static readonly (int Cards, double At480, double At720)[] _shared = [(2, 45, 57), (4, 34, 48), (8, 30, 44)];

    /// <summary>The peak with some parameters resident.</summary>
    public static double Peak(GenerationPlan plan, long persistent)
    {
        if (plan.Gpus > 1)
        {
            var (_, at480, at720) = _shared.Last(row => row.Cards <= plan.Gpus);
            return plan.Size == 720 ? at720 : at480;
        }

        var row = plan.Quant is null ? _bf16 : _int8;
        return Streamed(row, Workload.Tokens(plan)) + (Math.Min(persistent, DitParameters) / 1e9 * row.PerBillion);
    }

    /// <summary>What a card must have at least to be given this plan, with as little resident as the plan allows.</summary>
    public static double Needed(GenerationPlan plan) => Math.Max(LeastGb, Peak(plan, plan.PersistentByGpu ? 0 : plan.PersistentParameters ?? 0));

    /// <summary>
    /// How many parameters stay on a card: the notebook's number where it names the card, else as many as fit, none if the card
    /// is not known; never so many that a larger video would not fit.
    /// </summary>
    public static long Persistent(GpuFacts? gpu, string? quant, double tokens)
    {
        if (gpu is null)
            return 0;
        var row = quant is null ? _bf16 : _int8;
        var fits = (gpu.MemoryGb - Spare - Streamed(row, tokens)) / row.PerBillion;
        // 22e9 is more than there are: everything stays.
        var billions = Math.Clamp(quant is null && tokens <= 1 && Notebook(gpu) is { } named ? named : fits, 0, 22);
        return (long)Math.Round(billions * 10) * 100_000_000;
    }

    private static double? Notebook(GpuFacts gpu) => gpu switch
    {
        { MemoryGb: >= 79 } when GpuSpeed.Is(gpu, "A100") => 22,
        { MemoryGb: >= 39 } when GpuSpeed.Is(gpu, "A100") => 11,
        _ when GpuSpeed.Is(gpu, "L4") => 5,
        _ => null,
    };

    // Linear between the two published sizes, and on beyond them for longer segments.
    private static double Streamed((double At480, double At720, double) row, double tokens) =>
        row.At480 + (Math.Max(0, tokens - 1) * (row.At720 - row.At480) / (Workload.Tokens720 - 1));
}

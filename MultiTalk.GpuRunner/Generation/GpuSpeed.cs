namespace MultiTalk.GpuRunner.Generation;

/// <summary>How long a step takes on a card against an A100. MultiTalk has published A100 figures only.</summary>
internal static class GpuSpeed
{
    private const string Published = "MultiTalk's published figures for an A100";

    // What is gained by a faster card is less than its throughput says: an L40S, 1.16 times an A100 on paper, was seen at 45 s a step to 35.
    private const double Attained = 0.67;
    private const double A100Tflops = 312;

    // Dense bf16 throughput in TFLOPS from NVIDIA's data sheets; the form with more words first.
    private static readonly (string Name, double Tflops)[] _cards =
    [
        ("B200", 2250), ("H200", 989), ("H100 PCIe", 756), ("H100", 989), ("H20", 148), ("H800", 989), ("A800", 312),
        ("L40S", 362), ("L40", 181), ("L4", 121), ("RTX 6000 Ada", 364), ("RTX 5090", 209), ("RTX 4090", 165), ("RTX 4080", 97),
        ("RTX 3090", 71), ("A6000", 155), ("A40", 150), ("A30", 165), ("A10G", 70), ("A10", 125),
    ];

    // Older than Ampere, where no compute capability is known.
    private static readonly string[] _old = ["T4", "V100", "P100", "P40", "P4", "RTX 2060", "RTX 2070", "RTX 2080", "Quadro RTX"];

    /// <summary>Whether upstream's attention does not run on a card.</summary>
    public static bool IsTooOld(GpuFacts gpu) => gpu.ComputeCapability > 0 ? gpu.ComputeCapability < 8 : _old.Any(kind => Is(gpu, kind));

    /// <summary>Seconds against an A100's, and what they rest on.</summary>
    public static (double Factor, string Basis) Of(GpuFacts? gpu)
    {
        if (gpu is null)
            return (1, Published + "; which card it will be is not known yet");
        if (Is(gpu, "A100"))
            return (1, Published);
        foreach (var (name, tflops) in _cards)
        {
            if (Is(gpu, name))
                return (A100Tflops / (tflops * Attained), $"{Published}, scaled to the {name} by its data sheet; nobody has published figures for it");
        }

        return (1, $"{Published}; nothing is known of the {gpu.Name}");
    }

    /// <summary>Whether a card is of a kind: all its words are in the driver's name, whole ones, so that an A1000 is no A100.</summary>
    public static bool Is(GpuFacts gpu, string kind)
    {
        var words = gpu.Name.Split([' ', '-'], StringSplitOptions.RemoveEmptyEntries);
        return kind.Split(' ').All(word => words.Contains(word, StringComparer.OrdinalIgnoreCase));
    }
}

using System.Globalization;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.GpuRunner.Diagnosis;

/// <summary>Whether the cards and their driver will do (docs/contract.md, "Memory").</summary>
internal static class GpuProbes
{
    private const double LeastCapability = 8.0;
    private const string LeastDriver = "525.60.13";

    // Every driver of that series runs programs built for any CUDA 12.
    private const int LeastCuda = 12000;

    private const string Another = "Use an Ampere card or a newer one with 16 GB or more: A100, L4, A10G, L40S, RTX 3090, RTX 4090, H100.";

    private const string Add = Another + " Into a container it comes with the NVIDIA container toolkit (docker run --gpus all; compose: a device reservation).";

    /// <summary>A finding for each.</summary>
    public static IEnumerable<Finding> Look(Examination seen)
    {
        var gpu = seen.Gpu;
        yield return Finding.Of("gpu", "graphics card", "an NVIDIA card",
            gpu.Facts is { } first ? FormattableString.Invariant($"{first.Count} × {first.Name}") : $"none ({gpu.SmiProblem})", gpu.Facts is not null,
            Add, Stops.MultiTalk);
        yield return Property(gpu, "gpu_memory", "graphics memory", FormattableString.Invariant($"{GpuMemory.LeastGb:0} GB or more"), card => card.MemoryGb, "0.# GB", GpuMemory.LeastGb,
            FormattableString.Invariant($"Where the card is cut into slices (MIG), give this runner one of them, with {GpuMemory.LeastGb:0} GB or more."));
        yield return Property(gpu, "gpu_compute", "compute capability", "8.0 or higher, for flash-attn", card => card.ComputeCapability, "0.0", LeastCapability,
            "Update the driver: this one does not tell it.");
        yield return Driver(gpu) with { Follows = gpu.Facts is null };
        yield return Cuda(gpu, seen.Live) with { Follows = gpu.Facts is null || gpu.Cuda is null };
    }

    private static Finding Property(GpuFindings gpu, string code, string name, string expected, Func<GpuFacts, double> read, string format, double least, string untold)
    {
        if (gpu.Facts is not { } card)
            return Finding.Of(code, name, expected, "no card", false, Add) with { Follows = true };
        var value = read(card);
        return Finding.Of(code, name, expected, value > 0 ? value.ToString(format, CultureInfo.InvariantCulture) : "not told by the driver", value >= least, value > 0 ? Another : untold, Stops.MultiTalk);
    }

    private static Finding Driver(GpuFindings gpu)
    {
        var (version, cuda) = (gpu.Facts?.Driver ?? "", gpu.Cuda?.Version ?? 0);
        var here = (version, cuda) switch
        {
            ("", 0) => "none",
            ("", _) => FormattableString.Invariant($"one for CUDA {cuda / 1000}.{cuda % 1000 / 10}"),
            _ => version,
        };
        var ok = version.Length > 0 ? PackagePins.Compare(version, LeastDriver) >= 0 : cuda >= LeastCuda;
        return Finding.Of("gpu_driver", "driver", $"{LeastDriver} or newer, for CUDA 12.1", here, ok, "Install or update the NVIDIA driver of the host; a container uses the host's.", Stops.MultiTalk);
    }

    private static Finding Cuda(GpuFindings gpu, LiveFacts live)
    {
        const string Code = "gpu_cuda", Name = "CUDA in a job", Expected = "the driver's library answers a job's process";
        if (live.Facts is null)
            return Finding.Unseen(Code, Name, Expected, live);
        var here = gpu.Cuda switch
        {
            null => $"not asked: {live.ImportsProblem}",
            { Devices.Count: > 0 and var count } => FormattableString.Invariant($"answers, {count} {(count == 1 ? "card" : "cards")}"),
            { Text: { Length: > 0 } text } => text,
            _ => "answers, and shows no card",
        };
        return Finding.Of(Code, Name, Expected, here, gpu.Cuda?.Devices is { Count: > 0 },
            gpu.Cuda is null ? live.ImportsRemedy : "Let jobs use the card: in a container NVIDIA_DRIVER_CAPABILITIES has to hold compute, and CUDA_VISIBLE_DEVICES, if set, has to name a card that is there.", Stops.MultiTalk);
    }
}

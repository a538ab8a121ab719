namespace MultiTalk.GpuRunner.Generation;

/// <summary>Memory in GB that a host should have: the weights pass through it before they are cast (docs/contract.md, "Memory").</summary>
internal static class HostNeeds
{
    /// <summary>For the full model.</summary>
    public const double FullGb = 96;

    /// <summary>For the quantized model.</summary>
    public const double QuantizedGb = 48;

    /// <summary>A host that is sold with so much reports a little less.</summary>
    public const double Tolerance = 0.9;

    /// <summary>For a plan; a preview needs next to nothing.</summary>
    public static double Of(GenerationPlan plan) => plan.Engine == Engine.Preview ? 0 : plan.Quant is null ? FullGb : QuantizedGb;
}

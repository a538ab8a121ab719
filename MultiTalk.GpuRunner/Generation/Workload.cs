namespace MultiTalk.GpuRunner.Generation;

/// <summary>
/// The work of a plan in units, so that what one run took tells what another will take. For <c>multitalk</c> a unit is a
/// sampling step of three passes at 480 with 81 frames; for <c>preview</c>, 10 s of video at 640×640.
/// </summary>
public static class Workload
{
    /// <summary>Tokens of a segment at 720, with those at 480 as one: 960² ÷ 640².</summary>
    internal const double Tokens720 = 2.25;

    // A step costs 115 s at 720 where it costs 35 at 480, with 2.25 times the tokens (docs/contract.md, "Timings").
    private const double CostExponent = 1.47;

    // TeaCache computes the first five steps; of the others about 15 of 35: maintainers count 20 of 40 in all.
    private const int AlwaysComputed = 5;

    /// <summary>What a later step then costs on average, with a computed one as 1.</summary>
    internal const double ComputedShare = 15.0 / 35;

    // Latent frames of the 81 that the model was trained at.
    private const double TrainedLatents = 21;

    /// <summary>The work in units.</summary>
    public static double Units(GenerationPlan plan) => plan.Engine == Engine.Preview
        ? plan.Frames * (double)plan.Width * plan.Height / (250.0 * 640 * 640)
        : plan.Segments * ComputedSteps(plan) * (plan.Passes / 3.0) * Math.Pow(Tokens(plan), CostExponent);

    /// <summary>Tokens of a segment, with those at 480 and 81 frames as one.</summary>
    internal static double Tokens(GenerationPlan plan) => Tokens(plan.Size, plan.FrameNum);

    /// <summary>Tokens of a segment, with those at 480 and 81 frames as one.</summary>
    internal static double Tokens(int size, int frameNum) => (size == 720 ? Tokens720 : 1) * (((frameNum - 1) / 4) + 1) / TrainedLatents;

    /// <summary>Steps of a segment that are computed in any case.</summary>
    internal static int FullSteps(GenerationPlan plan) => plan.UseTeacache && plan.Engine != Engine.Preview ? Math.Min(AlwaysComputed, plan.Steps) : plan.Steps;

    private static double ComputedSteps(GenerationPlan plan) => FullSteps(plan) + ((plan.Steps - FullSteps(plan)) * ComputedShare);
}

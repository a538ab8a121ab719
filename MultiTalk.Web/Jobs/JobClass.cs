using System.Globalization;
using MultiTalk.GpuRunner.Generation;

namespace MultiTalk.Web.Jobs;

/// <summary>
/// Jobs that the same runners can do. Each class has a queue of its own, so that a runner finds its next job without walking past
/// those that it cannot do.
/// </summary>
/// <param name="Name">The engine and what a runner must have, such as <c>multitalk?1;23.5;64;bf16</c>; without spaces.</param>
/// <param name="Needs">What a runner must have.</param>
internal sealed record JobClass(string Name, JobNeeds Needs)
{
    /// <summary>The engine that it needs.</summary>
    public string Engine { get; } = Name.Split('?')[0];

    /// <summary>The class of a plan.</summary>
    public static JobClass Of(GenerationPlan plan)
    {
        var needs = JobNeeds.Of(plan);
        string[] parts =
        [
            needs.Gpus.ToString(CultureInfo.InvariantCulture), needs.GpuMemoryGb.ToString(CultureInfo.InvariantCulture),
            needs.HostMemoryGb.ToString(CultureInfo.InvariantCulture), .. needs.Models.Order(StringComparer.Ordinal).Select(Uri.EscapeDataString),
        ];
        return new($"{plan.Engine}?{string.Join(';', parts)}", needs);
    }

    /// <summary>The class with a name.</summary>
    public static JobClass Named(string name)
    {
        var parts = name[(name.IndexOf('?', StringComparison.Ordinal) + 1)..].Split(';');
        return new(name, new(
            int.Parse(parts[0], CultureInfo.InvariantCulture), double.Parse(parts[1], CultureInfo.InvariantCulture),
            double.Parse(parts[2], CultureInfo.InvariantCulture), [.. parts[3..].Select(Uri.UnescapeDataString)]));
    }

    /// <summary>Whether a runner can do its jobs.</summary>
    public bool Suits(Runner runner) => Engine == runner.Engine && Needs.LackingIn(runner.Abilities) is null;
}

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
    /// <exception cref="FormatException">There can be none with this name.</exception>
    public static JobClass Named(string name) => TryNamed(name) ?? throw new FormatException($"\"{name}\" is no class of jobs. Something else than MultiTalk wrote it.");

    /// <summary>The class with a name; null if there can be none.</summary>
    public static JobClass? TryNamed(string name) =>
        name[(name.IndexOf('?', StringComparison.Ordinal) + 1)..].Split(';') is [var gpus, var gpuMemory, var hostMemory, .. var models]
        && int.TryParse(gpus, CultureInfo.InvariantCulture, out var cards)
        && double.TryParse(gpuMemory, CultureInfo.InvariantCulture, out var cardGb)
        && double.TryParse(hostMemory, CultureInfo.InvariantCulture, out var hostGb)
            ? new(name, new(cards, cardGb, hostGb, [.. models.Select(Uri.UnescapeDataString)]))
            : null;

    /// <summary>Whether a runner can do its jobs.</summary>
    public bool Suits(Runner runner) => Engine == runner.Engine && Needs.LackingIn(runner.Abilities) is null;
}

using System.Text.Json.Serialization;
using MultiTalk.GpuRunner.Contracts;

namespace MultiTalk.Web.Jobs;

/// <summary>Whether a runner is to have jobs.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<RunnerDrain>))]
public enum RunnerDrain
{
    /// <summary>It is offered jobs.</summary>
    None,

    /// <summary>It may finish what it works on.</summary>
    Finish,

    /// <summary>It puts back what it works on.</summary>
    Now,
}

/// <summary>A runner as it stands on Redis.</summary>
/// <param name="Id">Its identity, kept over restarts.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Engine">What it runs.</param>
/// <param name="Version">Of its program.</param>
/// <param name="Abilities">What it can do.</param>
/// <param name="SeenAt">When it last showed itself, by Redis' clock.</param>
/// <param name="Live">Whether that was recently.</param>
public sealed record Runner(string Id, string Name, string Engine, string Version, RunnerAbilities Abilities, DateTimeOffset SeenAt, bool Live)
{
    /// <summary>Whether it is to have jobs.</summary>
    public RunnerDrain Drain { get; init; }

    /// <summary>How often it had shown itself when it asked for work; null if it did not ask.</summary>
    public long? Seen { get; init; }
}

using MultiTalk.GpuRunner.Contracts;
using MultiTalk.Web.Jobs;

namespace MultiTalk.Tests.Jobs.Model;

/// <summary>A job as it should stand.</summary>
internal sealed class ModelJob(string id, string owner, Kind kind, int priority)
{
    public string Id { get; } = id;

    public string Owner { get; } = owner;

    public Kind Kind { get; } = kind;

    public int Priority { get; set; } = priority;

    /// <summary>In which round between the owners it is served, among those of its priority.</summary>
    public int Turn { get; set; }

    /// <summary>When it was moved before all others, counted; 0 if it was not. Later ones come first.</summary>
    public int Front { get; set; }

    public JobState State { get; set; } = JobState.Queued;

    public string? Runner { get; set; }

    /// <summary>Whether its owner hears how it goes on.</summary>
    public bool Hooked { get; init; }

    public int Failures { get; set; }

    public GenerationProgress? Progress { get; set; }

    public bool Shared { get; set; }

    public bool HasError { get; set; }

    public VideoFacts? Video { get; set; }

    /// <summary>Runner, outcome (null while it runs) and whether there is an error, of each attempt.</summary>
    public List<(string Runner, string? Outcome, bool HasError)> Attempts { get; } = [];

    /// <summary>What happened: kind, attempt and <c>+</c> if there is more to say.</summary>
    public List<string> Events { get; } = [];

    public List<string> Log { get; } = [];

    public bool Ended => State is JobState.Succeeded or JobState.Failed or JobState.Canceled;

    public Holder Holder => new(Id, Attempts.Count, Runner!);

    public void Tell(string kind, bool more = false) => Events.Add($"{kind} {Attempts.Count}{(more ? " +" : "")}");

    public void EndAttempt(string outcome, bool error = false) => Attempts[^1] = Attempts[^1] with { Outcome = outcome, HasError = error };
}
